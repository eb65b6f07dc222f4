"""Totals of many critical paths: where the time of all requests goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from analysis.semantics import DESTINATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.columns.table import SpanTable
    from analysis.critical_path.path import Path


class PartKind(StrEnum):
    """Kind of a part of a path: work of a span, or a queue wait."""

    SPAN = "span"
    QUEUE_WAIT = "queue_wait"


WHICH_KIND = "`span`: work of a span; `queue_wait`: messages waited in the queue"


@dataclass(frozen=True, slots=True)
class Part:
    """An operation or a queue on the paths."""

    kind: Annotated[PartKind, WHICH_KIND]
    service: Annotated[str, "service of the span; for a wait, of the consumer"]
    operation: Annotated[str, "name of the span; for a wait, of the queue"]
    total_ns: Annotated[int, "exclusive time on all paths, ns"]
    share: Annotated[float, "share of all paths' time, 0 to 1"]
    requests: Annotated[int, "number of requests whose path contains it"]
    mean_per_request_ns: Annotated[float, "`total_ns` / all requests, ns"]
    worst_ns: Annotated[int, "maximum time in one request, ns"]
    worst_trace_id: Annotated[str, "a trace of that request"]

    @property
    def is_wait(self) -> bool:
        """Whether it is a queue wait."""
        return self.kind is PartKind.QUEUE_WAIT


@dataclass(frozen=True, slots=True)
class Totals:
    """The parts, the largest first, with the number of requests and the total time of all paths."""

    parts: list[Part]
    requests: int
    total_ns: int


def totals(table: SpanTable, paths: Iterable[Path]) -> Totals:
    """Add critical paths up by service and operation, and queue waits by queue."""
    sums: dict[tuple[str, str, bool], _Sum] = {}
    requests = 0
    for path in paths:
        requests += 1
        for key, time in of_one(table, path).items():
            sums.setdefault(key, _Sum()).add(time, table.trace_id_of(path.root))
    total = sum(one.total_ns for one in sums.values())
    parts = [
        Part(
            kind_of(is_wait=is_wait),
            service,
            operation,
            total_ns=one.total_ns,
            share=one.total_ns / total if total else 0.0,
            requests=one.requests,
            mean_per_request_ns=one.total_ns / requests,
            worst_ns=one.worst_ns,
            worst_trace_id=one.worst_trace_id,
        )
        for (service, operation, is_wait), one in sums.items()
    ]
    parts.sort(key=lambda it: (-it.total_ns, it.service, it.operation, it.is_wait))
    return Totals(parts, requests, total)


def kind_of(*, is_wait: bool) -> PartKind:
    """Return the kind of a part of a path."""
    return PartKind.QUEUE_WAIT if is_wait else PartKind.SPAN


@dataclass(slots=True)
class _Sum:
    """Running total of one part."""

    total_ns: int = 0
    requests: int = 0
    worst_ns: int = -1
    worst_trace_id: str = ""

    def add(self, time_ns: int, trace_id: str) -> None:
        self.total_ns += time_ns
        self.requests += 1
        if time_ns > self.worst_ns:
            self.worst_ns, self.worst_trace_id = time_ns, trace_id


def of_one(table: SpanTable, path: Path) -> dict[tuple[str, str, bool], int]:
    """Return one path's time by service, operation (or queue), and whether it is a queue wait."""
    found: dict[tuple[str, str, bool], int] = {}
    for is_wait, times in ((False, path.exclusive_ns), (True, path.wait_ns)):
        for row, time in times.items():
            key = key_of(table, row, is_wait)
            found[key] = found.get(key, 0) + time
    return found


def key_of(table: SpanTable, row: int, is_wait: bool) -> tuple[str, str, bool]:
    """Return the service and the operation (or queue) of a row's time, and whether it is a queue wait."""
    return table.service_of(row), queue_name(table, row) if is_wait else table.name_of(row), is_wait


def queue_name(table: SpanTable, row: int) -> str:
    """Return the queue that a consumer reads, or else its span name."""
    value = table.value_of(DESTINATION, row)
    return value if isinstance(value, str) and value else table.name_of(row)
