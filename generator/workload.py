"""Workloads: the needs of a running component, independent of the target.

A target translates workloads and decides nothing: it knows no component by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.spec.secret import Secret

# The image that holds this project's own programs: the sample services and `kit` itself.
OWN_IMAGE = "own"
# A program that is given by the workload's command: its name and arguments.
COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Mount:
    """A file that a component reads, and that a target may have to mount.

    Attributes:
        file: Rendered file or user's file, absolute or relative to the deployment's folder.
        path: Path at which the component reads it.
        digest: Hash of its content, as in `kit.lock`; empty if rendering does not know the content.
    """

    file: str
    path: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A place for data that outlives the process.

    Attributes:
        name: Name in the deployment.
        path: Path at which the workload finds it.
        size: Maximum disk that it is expected to need.
    """

    name: str
    path: str
    size: Size


@dataclass(frozen=True, slots=True)
class DataFormat:
    """The release of a volume's data, for programs that can't read the data of another release.

    Attributes:
        file: File with the release, relative to the workload's first volume.
        in_tag: Pattern for the beginning of an image's tag; its group is the release that the file must contain.
        way_out: Advice for the user if the releases differ.
    """

    file: str
    in_tag: str
    way_out: str

    def release(self, image: str) -> str:
        """Return the release that an image reads; empty if its name does not contain it."""
        name, _, tag = image.partition("@")[0].rpartition(":")
        found = re.match(self.in_tag, tag) if name and "/" not in tag else None
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class MetricsEndpoint:
    """The address of a workload's metrics in Prometheus's format.

    Attributes:
        listener: Listener that serves them.
        path: Path.
        kept: Regular expression of the metrics that Prometheus keeps; empty: all.
    """

    listener: Listener
    path: str = "/metrics"
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The readiness check of a workload.

    Attributes:
        probe: Check from outside: an HTTP path that answers 2xx, a CQL query, a Redis PING.
        listener: Listener to check.
        path: Path of an `http` probe.
        inside: The same check as a command inside of the container; empty if the image has no client for it.
        every: Interval of the check inside, in seconds.
        within: Maximum time until it is ready, on a slow machine, in seconds.
    """

    probe: Literal["http", "cql", "redis", "postgres"]
    listener: Listener
    path: str = "/"
    inside: tuple[str, ...] = ()
    every: int = 5
    within: int = 60


def answers_in_own_image(listener: Listener, path: str) -> Health:
    """Return the readiness check for a program in the kit's own image, whose only HTTP client is Python."""
    probe = f"http://127.0.0.1:{listener.port}{path}"
    inside = ("python", "-c", f"import urllib.request; urllib.request.urlopen('{probe}', timeout=3)")
    return Health("http", listener, path=path, inside=inside)


def answers_to_wget(listener: Listener, path: str) -> Health:
    """Return the health check of a program whose image has wget."""
    inside = ("wget", "-q", "-O", "-", f"http://127.0.0.1:{listener.port}{path}")
    return Health("http", listener, path=path, inside=inside)


@dataclass(frozen=True, slots=True)
class Workload:
    """One process, or one container.

    Attributes:
        name: Name, and host name of the container.
        title: Name for messages.
        image: Image, or `OWN_IMAGE`; empty if it is built.
        program: Program on a target without images: a native part, `python`, or `COMMAND`.
        command: Arguments after the image's entry point, or after the program.
        environment: Environment variables, in this order.
        variables: Variables filled from the user's environment at start: name of the user's variable, by name.
        build: Folder with the Dockerfile of its image; empty if it is not built.
        mounts: Rendered files that it reads.
        volumes: Volumes with its data.
        machine_at: Path at which a container sees all files of the machine, read-only; empty: it does not.
        secrets: Variables and files that it gets at start and that no rendered file contains.
        listens: Ports that it opens.
        memory: Memory limit.
        cpus: Maximum number of processors; None: no limit.
        processes: Maximum number of processes and threads.
        read_only: Whether it can write only to its volumes and to `scratch`.
        scratch: Folders for temporary files.
        unprivileged: Whether it needs none of root's capabilities in a container.
        resident: Memory when idle and without a limit, in MiB, measured.
        health: Readiness check; None for a workload that runs once.
        metrics: Address of its metrics; None if it has none.
        version: Version that its metrics must show; empty if it is not checked.
        hop: Name of its hop in the span pipeline; empty if no span passes it, or it counts none.
        replicas: Number of instances, on a target that can run several.
        user: Id of the user that its image runs as; None if the kit need not know it.
        runs_as: Id of the user that a container runs as instead of the image's user; None: the image's user.
        before_start: Python module with arguments that checks the data before each start, and then becomes the
            program. Only on a target without images.
        after: Workloads that must be ready, or finished, before it starts.
        once: Whether it runs once to its end and is not restarted.
        keeps: Place of data that users look for later, by kind of data. If it changes, the data in the old place is
            not found.
        data_format: Required release of its data; None if every release can read it.
        stop_grace: Time that it may take to stop, in seconds; longer than its longest flush.
    """

    name: str
    title: str
    image: str
    program: str
    command: tuple[str, ...]
    memory: Size
    resident: int
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    build: str = ""
    mounts: tuple[Mount, ...] = ()
    volumes: tuple[Volume, ...] = ()
    machine_at: str = ""
    secrets: tuple[Secret, ...] = ()
    listens: tuple[Listener, ...] = ()
    health: Health | None = None
    metrics: MetricsEndpoint | None = None
    version: str = ""
    hop: str = ""
    replicas: int = 1
    user: int | None = None
    runs_as: int | None = None
    cpus: int | None = None
    processes: int = 512
    read_only: bool = False
    scratch: tuple[str, ...] = ()
    unprivileged: bool = False
    before_start: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    once: bool = False
    keeps: Mapping[str, str] = field(default_factory=dict)
    data_format: DataFormat | None = None
    stop_grace: int = 10
