"""The interface between the commands and a running deployment, the same for every target.

`kit.operate.runtimes` finds the implementation: `native/` or `compose/`. A new target adds one.
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
    """A component, for `kit status`.

    Attributes:
        state: Its state, in the supervisor's or Docker's words.
        ready: Whether it answers; None for a step that runs once.
        fine: Whether it is in its expected state.
        memory: Memory in use, in bytes.
        ports: Port by listener name.
        pid: Process id, 0 if it does not run; None in containers.
        uptime: Seconds since its process started; None if unknown.
        limit: Memory limit, in bytes; None without one.
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
    """A deployment and its components; `supervisor` is the memory of the process supervisor in bytes, native only."""

    name: str
    runtime: str
    urls: Mapping[str, str]
    rows: Sequence[Row]
    supervisor: int | None = None

    @property
    def memory(self) -> int:
        """Memory in use by all components and the supervisor, in bytes."""
        return (self.supervisor or 0) + sum(row.memory for row in self.rows)


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """A component, for `kit doctor`: its `state` in the supervisor's or Docker's words, a `next_step` if it is down."""

    name: str
    title: str
    up: bool
    state: str
    next_step: str


class Action(StrEnum):
    """Action of a start on a component."""

    START = "start"
    REPLACE = "restart"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change that a start makes; `why` holds at least one reason, each a file or a phrase."""

    component: str
    action: Action
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Started:
    """The deployment after a start.

    Attributes:
        already: Whether all of it was running before.
        ok: Whether every component is in its expected state.
        urls: Addresses for people, by name.
        memory: Memory in use, in bytes; None if unknown.
        note: Remark about an address; may be empty.
        changes: Changes that the start made.
    """

    already: bool
    ok: bool
    urls: Mapping[str, str]
    memory: int | None
    note: str = ""
    changes: Sequence[PlannedChange] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """Result of a stop: lines to print, and whether anything was running."""

    lines: Sequence[str]
    ran: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """Resources that a start needs on this machine.

    Attributes:
        memory: Memory, in MiB.
        ports: Component by address and port.
        disk: Disk space in bytes, by purpose, without the data.
    """

    memory: int
    ports: Mapping[tuple[str, int], str]
    disk: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AsideFile:
    """A damaged queue file that was put aside; `removal` is the command that removes it."""

    path: str
    bytes: int
    removal: str


class Queues(Protocol):
    """Redis streams that serve as queues."""

    def streams(self) -> list[Stream]:
        """Return the current state of all streams."""

    def requeue(self, stream: str, ids: Sequence[str]) -> list[Moved]:
        """Move dead letters back to their stream; all of them when no id is given."""


class DeadLetters(Protocol):
    """Spans that the storage refused one by one, kept on disk."""

    def all(self) -> Sequence[SpanLetter]:
        """Return all dead letters, oldest first."""

    def one(self, id_: str) -> LetterAnswer:
        """Return one dead letter with its spans."""

    def replay(self, ids: Sequence[str]) -> Sequence[ReplayedLetter]:
        """Send dead letters to Jaeger again; all of them when no id is given."""


class Runtime(Protocol):
    """The runtime of one target, for the deployment in a folder."""

    @property
    def name(self) -> str:
        """Name of the target."""

    @property
    def packages(self) -> Sequence[str]:
        """Python packages that it needs beyond the kit's own dependencies."""

    @property
    def deployment(self) -> Deployment:
        """The current spec, resolved for this target."""

    def runs(self) -> bool:
        """Whether any part of the deployment exists."""

    def unsupervised(self) -> str:
        """Return a sentence about components that run without a supervisor; empty if there are none."""

    def planned(self, *, adopt: bool = False) -> Sequence[PlannedChange]:
        """Return the changes that a start would make; refuse what `up` would refuse."""

    def up(self, tell: Callable[[Started], None], *, adopt: bool = False) -> None:
        """Start it, or apply the changes, and wait until it is ready.

        Args:
            tell: reports the result, as the last step of the start.
            adopt: whether to take over containers and volumes of the same name from another folder.
        """

    def started(self, *, already: bool) -> Started:
        """Return the deployment after a start."""

    def down(self, *, remove_data: bool) -> Stopped | None:
        """Stop it; return None if there is nothing to stop."""

    def status(self) -> Status:
        """Return each component with its state, memory and ports."""

    def health(self) -> Sequence[ComponentHealth]:
        """Return whether each component is up."""

    def logs(self, components: Sequence[str], query: LogQuery) -> int:
        """Print logs; return the exit code."""

    @property
    def urls(self) -> Mapping[str, str]:
        """Addresses for people, by name."""

    def address(self, listener: str) -> str:
        """Return `host:port` of a listener such as `jaeger.query_http`, seen from this machine; empty without one."""

    def dated(self) -> Mapping[str, str]:
        """Return addresses that answer with a `Date` header, by component."""

    @property
    def propagation(self) -> str:
        """How a consumer's span refers to its producer: `parent` or `link`."""

    @property
    def sampled(self) -> bool:
        """Whether sampling drops some traces."""

    @property
    def pipeline(self) -> Sequence[Hop]:
        """The hops that a span passes, in order."""

    def metrics(self) -> Mapping[str, Metrics | None]:
        """Return the current metrics of each component of the pipeline, or with a known version; None: no answer.

        Exporters and databases are left out: a read of them takes long, and shows nothing of spans.
        """

    def pids(self) -> Mapping[str, int]:
        """Return the process id of each running component; it changes with a restart."""

    @property
    def queues(self) -> Queues:
        """The deployment's Redis."""

    @property
    def deadletters(self) -> DeadLetters:
        """The deployment's dead letters."""

    def put_aside(self) -> Sequence[AsideFile]:
        """Return damaged files of the collector's queues that were put aside."""

    def changed(self) -> Sequence[str]:
        """Return the files and components that a start would change."""

    def replaced_images(self) -> Collection[str]:
        """Return the components whose image the user's override replaced."""

    def needs(self) -> Needs:
        """Return the resources that a start needs on this machine."""

    def machine_checks(self) -> Sequence[Check]:
        """Return the checks of this machine that only this target needs."""
