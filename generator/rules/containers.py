"""View of a container for the rules, independent of the program that runs it.

Each such program has an adapter: `generator.rules.compose_containers` reads Compose's file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias

from findings.finding import Place
from generator.rules.text import ConfigText, KeyPath, Layered

Part = Literal[
    "image", "command", "environment", "memory", "mounts", "ports", "user", "read_only", "health", "grace",
    "replicas",
]  # fmt: skip


class InContainer(NamedTuple):
    """Place of a part of a container in the target's file.

    Attributes:
        layered: File with the user's override.
        path: Path of the key in the file.
        container: Name of the container.
        part: Part of the container.
        below: Variable, port or mount, for parts with several entries.
    """

    layered: Layered
    path: KeyPath
    container: str
    part: Part
    below: Any = None


At: TypeAlias = tuple[Layered, KeyPath] | InContainer | Place
"""Place of a value: in a config, in a container, or on a line of a text without keys."""


class Kept(StrEnum):
    """Keeper of a mount's data when the container is replaced."""

    HOST = "bind"
    VOLUME = "volume"
    NOBODY = "tmpfs"


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder that is mounted into a container.

    Attributes:
        kept: Keeper of the data when the container is replaced.
        source: Path on the host or name of the volume; empty if it has none.
        target: Path in the container.
        at: Place in the target's file.
        read_only: Whether the container can't write there.
    """

    kept: Kept
    source: str
    target: str
    at: InContainer
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of the host that leads into a container.

    Attributes:
        address: Address of the host; empty for all addresses.
        host: Port of the host.
        inside: Port in the container.
        protocol: `tcp` or `udp`.
        at: Place in the target's file.
    """

    address: str
    host: int
    inside: int
    protocol: str
    at: InContainer

    @property
    def open(self) -> bool:
        """Whether other machines can reach it."""
        return self.address not in ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class HealthCommand:
    """Command of a container's health check.

    Attributes:
        words: Program and arguments; one text if a shell runs it.
        by_shell: Whether a shell runs it.
    """

    words: tuple[str, ...]
    by_shell: bool = False


@dataclass(frozen=True, slots=True)
class ContainerView:
    """A container with its effective settings, overrides included.

    Attributes:
        name: Host name in this deployment.
        where: Function that returns the place of a part, also of one that is not set.
        image: Image as written; empty if it has none.
        command: Arguments of the command.
        environment: Variables as the container sees them.
        inherited: Variables whose values are filled from the user's environment at start.
        more_variables: Whether `env_file` files, which are not read here, add variables.
        memory: Memory limit in bytes; 0 if it has none.
        memory_key: Key that sets the memory limit, for messages.
        mounts: Mounted files and folders.
        ports: Published ports, without ranges.
        user: User that it runs as; empty for the image's user.
        read_only: Whether its root filesystem is read-only.
        health: Command of the health check; None if it has none.
        grace: Seconds between the stop signal and the kill; None if the value is not a duration.
        replicas: Number of replicas.
        own_loopback: Whether no other container shares its loopback.
        closed: Whether it can resolve only the hosts of this deployment.
    """

    name: str
    where: Callable[[Part, Any], InContainer]
    image: str = ""
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    more_variables: bool = False
    memory: int = 0
    memory_key: str = ""
    mounts: tuple[Mount, ...] = ()
    ports: tuple[PublishedPort, ...] = ()
    user: str = ""
    read_only: bool = False
    health: HealthCommand | None = None
    grace: float | None = None
    replicas: int = 1
    own_loopback: bool = True
    closed: bool = True

    def at(self, part: Part, below: Any = None) -> InContainer:
        """Return the place of a part, also of one that is not set; `below` is a variable's name."""
        return self.where(part, below)

    def options(self, name: str) -> list[str]:
        """Return every value of an option in the command's arguments."""
        joined = [word.partition("=")[2] for word in self.command if word.startswith(f"{name}=")]
        return [after for word, after in pairwise(self.command) if word == name] + joined


def missing(name: str) -> ContainerView:
    """Return an empty view, for a container that does not exist."""
    nowhere = Layered(ConfigText("", ""), ConfigText("", ""), None)
    return ContainerView(name, lambda part, below: InContainer(nowhere, (), name, part, below))
