"""The series that a comparison looks at: per endpoint, queue and operation, every duration in the order of time.

- An endpoint is what a request enters by: a span of kind server, by method and route where it has them; or a
  trace's root of another kind, such as a job's. Consumers are queues.
- A queue is a destination as one service consumes it: how long messages waited, and how long their processing took.
- An operation is a span name of a service: every span counts.

Values are ordered by the start of their trace, then by their own, so that those of one trace stand together: they
resemble each other, and the tests ask each series how much its neighbours do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.model import SpanKind, span_index
from analysis.queue_wait import queue_wait_ms

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt

    from analysis.model import Span, Trace


class Subject(StrEnum):
    """What a series is about."""

    ENDPOINT = "endpoint"
    QUEUE_WAIT = "queue wait"
    QUEUE_PROCESSING = "queue processing"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Which endpoint, queue or operation."""

    subject: Subject
    service: str
    name: str


@dataclass(frozen=True, slots=True)
class Series:
    """One subject's values, oldest trace first; the arrays are of one length.

    Attributes:
        milliseconds: the durations, or the waits.
        failed: whether the span's status is an error.
        starts_ns: when the spans started.
    """

    milliseconds: npt.NDArray[np.float64]
    failed: npt.NDArray[np.bool_]
    starts_ns: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.milliseconds)


@dataclass(slots=True)
class _Growing:
    milliseconds: list[float] = field(default_factory=list)
    failed: list[bool] = field(default_factory=list)
    starts_ns: list[int] = field(default_factory=list)


def series_of(traces: Iterable[Trace]) -> dict[Key, Series]:
    """Take the series of all endpoints, queues and operations out of the traces."""
    oldest_first = sorted(traces, key=lambda trace: (trace.start_ns, trace.trace_id))
    spans = span_index(oldest_first)
    growing: dict[Key, _Growing] = {}
    for trace in oldest_first:
        tops = {id(top) for top in trace.tops}
        for span in trace.spans:
            took = span.duration_ns / 1_000_000
            for key in _keys(span, is_top=id(span) in tops):
                _add(growing, key, took, span)
            wait = queue_wait_ms(span, spans)
            if wait is not None:
                _add(growing, Key(Subject.QUEUE_WAIT, span.service, queue_of(span)), wait, span)
    return {key: _series(one) for key, one in sorted(growing.items())}


def endpoint_of(span: Span) -> str:
    """The name that the spans of one endpoint share: method and route, else the span's name."""
    method, route = span.attributes.get("http.request.method"), span.attributes.get("http.route")
    return f"{method} {route}" if isinstance(method, str) and isinstance(route, str) else span.name


def queue_of(span: Span) -> str:
    """The destination that a consumer's span reads from, with its group where that isn't the service."""
    said = span.attributes.get("messaging.destination.name")
    destination = said if isinstance(said, str) and said else span.name
    group = span.attributes.get("messaging.consumer.group.name")
    if isinstance(group, str) and group and group != span.service:
        return f"{destination} ({group})"
    return destination


def _keys(span: Span, *, is_top: bool) -> list[Key]:
    keys = [Key(Subject.OPERATION, span.service, span.name)]
    if span.kind is SpanKind.CONSUMER:
        keys.append(Key(Subject.QUEUE_PROCESSING, span.service, queue_of(span)))
    elif span.kind is SpanKind.SERVER or is_top:
        keys.append(Key(Subject.ENDPOINT, span.service, endpoint_of(span)))
    return keys


def _add(growing: dict[Key, _Growing], key: Key, milliseconds: float, span: Span) -> None:
    one = growing.setdefault(key, _Growing())
    one.milliseconds.append(milliseconds)
    one.failed.append(span.is_error)
    one.starts_ns.append(span.start_ns)


def _series(one: _Growing) -> Series:
    import numpy as np

    return Series(np.array(one.milliseconds), np.array(one.failed), np.array(one.starts_ns, dtype=np.int64))
