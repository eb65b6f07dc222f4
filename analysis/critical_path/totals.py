"""Many critical paths added up: where the time of all requests goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.semantics import DESTINATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.columns.table import SpanTable
    from analysis.critical_path.path import Path


@dataclass(slots=True)
class Part:
    """What one operation, or one queue, has of the critical paths.

    Attributes:
        service: of the span; for a queue wait the consumer's.
        operation: the span's name; for a queue wait the queue's.
        is_wait: messages lay in the queue.
        total_ns: its exclusive time on all paths.
        requests: the requests on whose path it is.
        share: its part of all paths' time, 0 to 1.
        worst_ns: the most it has of one request.
        worst_trace_id: a trace of that request.
    """

    service: str
    operation: str
    is_wait: bool
    total_ns: int = 0
    requests: int = 0
    share: float = 0.0
    worst_ns: int = -1
    worst_trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The parts, the largest first; the requests they are of, and all their paths' time."""

    parts: list[Part]
    requests: int
    total_ns: int


def totals(table: SpanTable, paths: Iterable[Path]) -> Totals:
    """Add critical paths up by service and operation, and queue waits by queue."""
    parts: dict[tuple[str, str, bool], Part] = {}
    requests = total = 0
    for path in paths:
        requests += 1
        for key, time in of_one(table, path).items():
            part = parts.setdefault(key, Part(*key))
            part.total_ns += time
            part.requests += 1
            total += time
            if time > part.worst_ns:
                part.worst_ns, part.worst_trace_id = time, table.trace_id_of(path.root)
    for part in parts.values():
        part.share = part.total_ns / total if total else 0.0
    ordered = sorted(parts.values(), key=lambda it: (-it.total_ns, it.service, it.operation, it.is_wait))
    return Totals(ordered, requests, total)


def of_one(table: SpanTable, path: Path) -> dict[tuple[str, str, bool], int]:
    """One path's time by service, operation (or queue), and whether it is a queue wait."""
    found: dict[tuple[str, str, bool], int] = {}
    for is_wait, times in ((False, path.exclusive_ns), (True, path.wait_ns)):
        for row, time in times.items():
            key = key_of(table, row, is_wait)
            found[key] = found.get(key, 0) + time
    return found


def key_of(table: SpanTable, row: int, is_wait: bool) -> tuple[str, str, bool]:
    """The service, the operation (or the queue) that a row's time counts for, and whether it is a queue wait."""
    return table.service_of(row), queue_name(table, row) if is_wait else table.name_of(row), is_wait


def queue_name(table: SpanTable, row: int) -> str:
    """The queue that a consumer reads, or else its span's name."""
    value = table.value_of(DESTINATION, row)
    return value if isinstance(value, str) and value else table.name_of(row)
