"""What a component needs to run, said once for every target.

A target translates it and decides nothing: it knows no component by name.
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
# The program whose name and arguments are the workload's command itself.
COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Mount:
    """A file that a component reads; a target may have to bring it there.

    Attributes:
        file: The file, rendered or the user's, relative to the deployment's folder, or absolute.
        path: Where the component reads it.
        digest: Hash of its content, as in `kit.lock`; empty where rendering does not know the content.
    """

    file: str
    path: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A place for data that outlives the process.

    Attributes:
        name: Its name in the deployment.
        path: Where the workload finds it.
        size: The disk that it is expected to need at most.
    """

    name: str
    path: str
    size: Size


@dataclass(frozen=True, slots=True)
class DataFormat:
    """The release that a volume's data was written by, where another release can't read it.

    Attributes:
        file: File that names the release, relative to the workload's first volume.
        in_tag: Pattern for the front of an image's tag; its group is what the file must say.
        way_out: What a person does about another one.
    """

    file: str
    in_tag: str
    way_out: str

    def release(self, image: str) -> str:
        """The release that an image reads; empty when its name does not tell."""
        name, _, tag = image.partition("@")[0].rpartition(":")
        found = re.match(self.in_tag, tag) if name and "/" not in tag else None
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class MetricsEndpoint:
    """Where a workload serves its metrics in Prometheus's format."""

    listener: Listener
    path: str = "/metrics"


@dataclass(frozen=True, slots=True)
class Health:
    """How readiness is seen.

    Attributes:
        probe: what is asked from outside: an HTTP path that answers 2xx, a CQL query, a Redis PING.
        listener: where.
        path: for `http`.
        inside: the same as a command for where only the inside of a container can be asked;
            empty when the image has nothing to ask with.
        every: seconds between two looks from the inside.
        within: seconds until it must be ready, on a slow machine.
    """

    probe: Literal["http", "cql", "redis", "postgres"]
    listener: Listener
    path: str = "/"
    inside: tuple[str, ...] = ()
    every: int = 5
    within: int = 60


def answers_in_own_image(listener: Listener, path: str) -> Health:
    """The health of a program in the kit's own image, which has Python to ask with and nothing else."""
    probe = f"http://127.0.0.1:{listener.port}{path}"
    inside = ("python", "-c", f"import urllib.request; urllib.request.urlopen('{probe}', timeout=3)")
    return Health("http", listener, path=path, inside=inside)


@dataclass(frozen=True, slots=True)
class Workload:
    """One process, or one container.

    Attributes:
        name: the component's host name.
        title: what it is, for people.
        image: its image, or `OWN_IMAGE`; empty when it is built.
        program: which program it is where there are no images: a native part, `python`, or `COMMAND`.
        command: the arguments behind the image's entry point, or behind the program.
        environment: variables, in this order.
        variables: those whose value is a variable of the user's when it starts: by name, that of the user's.
        build: the folder with a Dockerfile that makes its image; empty when it has one.
        mounts: rendered files it reads.
        volumes: where it keeps data.
        secrets: what it is told when it starts and no rendered file holds: variables that are handed on, files.
        listens: the ports it opens.
        memory: its limit.
        cpus: processors it may keep busy; None sets no limit.
        processes: it may have, threads counted.
        read_only: nothing but its volumes and `scratch` can be written.
        scratch: folders that it may write and nobody keeps.
        unprivileged: it needs none of the rights that root has in a container.
        resident: what it takes when idle where no limit is set, in MiB, measured.
        health: how readiness is seen; None for what runs once.
        metrics: where it serves its metrics; None when it has none.
        version: the version that its metrics must say it has; empty when it is not checked.
        hop: name of the hop of the span pipeline that it is; empty when no span passes it, or it counts none.
        replicas: how many of it run, where the target can run several.
        user: the number of the user that its image runs as; None when that is the image's own affair.
        runs_as: the number of the user that a container runs as in place of the image's; None keeps the image's.
        before_start: a Python module and its arguments that looks at the data before each start, and then becomes the
            program; a target whose programs have images of their own can't run it.
        after: workloads that must be ready, or done, before it starts.
        once: it runs to its end and is not started again.
        keeps: Where it keeps what people look for later, by what that is. A changed place hides what is in the old one.
        data_format: Which release its data must be of; None where any release can read it.
        stop_grace: seconds it may take to stop; longer than its longest flush.
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
