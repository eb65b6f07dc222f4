"""What rules need to know of a container, whatever runs it; an adapter for each such program makes it.

`generator.rules.compose_containers` reads Compose's file.
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
    """Where a part of a container is said.

    Attributes:
        layered: the file, with what the user adds to it.
        path: of the key there.
        container: its name.
        part: which.
        below: the variable, port or mount, where the part has several.
    """

    layered: Layered
    path: KeyPath
    container: str
    part: Part
    below: Any = None


At: TypeAlias = tuple[Layered, KeyPath] | InContainer | Place
"""Where a value is said: in a config, of a container, or on a line of a text without keys."""


class Kept(StrEnum):
    """Who keeps what is mounted."""

    HOST = "bind"
    VOLUME = "volume"
    NOBODY = "tmpfs"


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of a container that is not its image's.

    Attributes:
        kept: who keeps it when the container is replaced.
        source: the path on the host or the volume's name; empty where it has none.
        target: the path in the container.
        at: where it is said.
        read_only: whether the container can't write there.
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
        address: of the host; empty for all of its addresses.
        host: the port there.
        inside: the port in the container.
        protocol: tcp or udp.
        at: where it is said.
    """

    address: str
    host: int
    inside: int
    protocol: str
    at: InContainer

    @property
    def open(self) -> bool:
        """Whether others than this machine reach it."""
        return self.address not in ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class HealthCommand:
    """A program that is run in a container to see whether it is well.

    Attributes:
        words: the program and its arguments; one text where a shell reads it.
        by_shell: whether a shell reads it.
    """

    words: tuple[str, ...]
    by_shell: bool = False


@dataclass(frozen=True, slots=True)
class ContainerView:
    """A container as it takes effect.

    Attributes:
        name: its host name in this deployment.
        where: tells where a part is said, or would be said.
        image: as it is written; empty where it has none.
        command: its arguments.
        environment: its variables, as it sees them.
        inherited: variables whose values are filled from the user's environment at start.
        more_variables: whether files that are not read give it more.
        memory: its limit in bytes; 0 where it has none.
        memory_key: the key with which a person limits it.
        mounts: what is mounted.
        ports: its published ports; ranges are left out.
        user: as whom it runs; empty for the image's user.
        read_only: whether its root can't be written.
        health: what is run in it to see whether it is well.
        grace: seconds from being asked to stop to being killed; None for what is no duration.
        replicas: how many of it run.
        own_loopback: whether its loopback leads to itself alone.
        closed: whether it knows the hosts of this deployment alone.
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
        """Where a part is said, or would be said; of a variable with its name."""
        return self.where(part, below)

    def options(self, name: str) -> list[str]:
        """What follows an option in its arguments, each time it is given."""
        joined = [word.partition("=")[2] for word in self.command if word.startswith(f"{name}=")]
        return [after for word, after in pairwise(self.command) if word == name] + joined


def missing(name: str) -> ContainerView:
    """A container that is not there: nothing is known of it."""
    nowhere = Layered(ConfigText("", ""), ConfigText("", ""), None)
    return ContainerView(name, lambda part, below: InContainer(nowhere, (), name, part, below))
