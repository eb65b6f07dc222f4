"""The one seam between the verbs and what runs: a deployment in a folder, whichever way it runs.

`kit.operate.runtimes` finds it. `native/` and `compose/` implement it; a further way to run is a further one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from generator.deployment.model import Deployment
from generator.pipeline import Hop
from kit.operate.metrics import Metrics

if TYPE_CHECKING:
    from kit.operate.deadletters.answers import LetterAnswer, ReplayedLetter, SpanLetter
    from kit.operate.doctor.check import Check
    from kit.operate.log_query import LogQuery
    from kit.operate.queues.look import Stream
    from kit.operate.queues.requeue import Moved


@dataclass(frozen=True, slots=True)
class Row:
    """A component as `kit status` shows it.

    Attributes:
        state: The supervisor's or Docker's word for it.
        ready: Whether it answers; None for what runs once.
        fine: Whether it is as it should be.
        memory: In use, in bytes.
        ports: By name.
        pid: Process id, 0 for none; None where processes have none on this machine.
        uptime: Seconds since its process began; None where that is not known.
        limit: Largest memory in bytes; None where nothing limits it.
    """

    name: str
    title: str
    state: str
    ready: bool | None
    fine: bool
    memory: int
    ports: Mapping[str, int]
    pid: int | None = None
    uptime: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A whole deployment; `supervisor` is the memory of what runs its processes, in bytes, where that is a program."""

    name: str
    runtime: str
    urls: Mapping[str, str]
    rows: Sequence[Row]
    supervisor: int | None = None

    @property
    def memory(self) -> int:
        """Memory in use by all of it, in bytes."""
        return (self.supervisor or 0) + sum(row.memory for row in self.rows)


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """A component as `kit doctor` shows it: `state` in its supervisor's words, `next_step` when it is not up."""

    name: str
    title: str
    up: bool
    state: str
    next_step: str


class Action(StrEnum):
    """What a start does with a component."""

    START = "start"
    REPLACE = "restart"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What a start changes of what runs; `why` holds one reason or more: a file, or a phrase."""

    component: str
    action: Action
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Started:
    """What runs where after a start.

    Attributes:
        already: Whether all of it ran before.
        ok: Whether every component is as it should be.
        urls: Addresses for people, by what they serve.
        memory: In use, in bytes; None when it is not known.
        note: What a person should know of an address; may be empty.
        changes: What the start changed.
    """

    already: bool
    ok: bool
    urls: Mapping[str, str]
    memory: int | None
    note: str = ""
    changes: Sequence[PlannedChange] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a stop did: lines for a person, and whether anything ran."""

    lines: Sequence[str]
    ran: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """What a start needs of this machine.

    Attributes:
        memory: In MiB.
        ports: Component by address and port.
        disk: Bytes by purpose, beside the data.
    """

    memory: int
    ports: Mapping[tuple[str, int], str]
    disk: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AsideFile:
    """A damaged file of a queue; `removal` is the command that removes it."""

    path: str
    bytes: int
    removal: str


class Queues(Protocol):
    """A Redis whose streams are queues."""

    def streams(self) -> list[Stream]:
        """All streams as they are now."""

    def requeue(self, stream: str, ids: Sequence[str]) -> list[Moved]:
        """Move dead letters back onto their stream; all of them when no id is given."""


class DeadLetters(Protocol):
    """Spans that the storage refuses by themselves."""

    def all(self) -> Sequence[SpanLetter]:
        """All letters, the oldest first."""

    def one(self, id_: str) -> LetterAnswer:
        """One with its spans."""

    def replay(self, ids: Sequence[str]) -> Sequence[ReplayedLetter]:
        """Send letters to Jaeger again; all of them when no id is given."""


class Runtime(Protocol):
    """A way to run the deployment in a folder, and what runs there."""

    @property
    def name(self) -> str:
        """Name of the target."""

    @property
    def packages(self) -> Sequence[str]:
        """Python packages that it needs beside the kit's own."""

    @property
    def deployment(self) -> Deployment:
        """What the spec says now, resolved for this target."""

    def runs(self) -> bool:
        """Whether anything of it is there."""

    def unsupervised(self) -> str:
        """What runs though nothing restarts it when it stops, as a sentence; empty when there is no such thing."""

    def planned(self, *, adopt: bool = False) -> Sequence[PlannedChange]:
        """What a start would change; refuses what `up` would refuse before it changes anything."""

    def up(self, tell: Callable[[Started], None], *, adopt: bool = False) -> None:
        """Start it, or apply what was changed, and wait until it is ready; `tell` is part of the start.

        Args:
            tell: reports what was started.
            adopt: whether what another folder left under the same name is taken over.
        """

    def started(self, *, already: bool) -> Started:
        """What runs where."""

    def down(self, *, remove_data: bool) -> Stopped | None:
        """Stop it; None where there is nothing of it."""

    def status(self) -> Status:
        """Each component, with what it uses."""

    def health(self) -> Sequence[ComponentHealth]:
        """Each component: up or not."""

    def logs(self, components: Sequence[str], query: LogQuery) -> int:
        """Print logs; answers the exit code."""

    @property
    def urls(self) -> Mapping[str, str]:
        """Addresses for people, by what they serve."""

    def address(self, listener: str) -> str:
        """`host:port` of a listener from this machine, as `jaeger.query_http`; empty when there is none."""

    def dated(self) -> Mapping[str, str]:
        """Addresses that answer with a date, by component."""

    @property
    def propagation(self) -> str:
        """`parent` or `link`."""

    @property
    def sampled(self) -> bool:
        """Whether some traces are dropped."""

    @property
    def pipeline(self) -> Sequence[Hop]:
        """The hops that a span passes, in order."""

    def metrics(self) -> Mapping[str, Metrics | None]:
        """The metrics of each component that serves them, now; None for one that does not answer."""

    def pids(self) -> Mapping[str, int]:
        """Process of each running component: another one after a restart."""

    @property
    def queues(self) -> Queues:
        """The deployment's Redis."""

    @property
    def deadletters(self) -> DeadLetters:
        """The deployment's dead letters."""

    def put_aside(self) -> Sequence[AsideFile]:
        """Damaged files of the collector's queues that were put aside."""

    def changed(self) -> Sequence[str]:
        """What would be different if it was started now."""

    def replaced_images(self) -> Collection[str]:
        """Components that run from another image than the spec names, by the user's override."""

    def needs(self) -> Needs:
        """What a start needs of this machine."""

    def machine_checks(self) -> Sequence[Check]:
        """What else must be so on this machine."""
