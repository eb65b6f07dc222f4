"""The part of an answer that describes its input: number of traces, time range, data that could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from analysis.moments import rfc3339
from analysis.sources.left_out import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.gathering import Coverage
    from analysis.model import Trace
    from analysis.sources.left_out import LeftOut


@dataclass(frozen=True, slots=True)
class CrowdedSlice:
    """A slice of time that holds more traces than one search returns."""

    service: Annotated[str, "service that was searched"]
    since: Annotated[str, "start of the slice, RFC 3339"]
    until: Annotated[str, "end of the slice, RFC 3339"]


@dataclass(frozen=True, slots=True)
class LeftOutReason:
    """A reason why data was left out, with counts."""

    unit: Annotated[Unit, "what is counted; a part of a document may hold any number of spans"]
    reason: Annotated[str, "the reason"]
    count: Annotated[int, "number of units left out"]
    first: Annotated[str, "place of the first one: file, line, place in the document"]


@dataclass(frozen=True, slots=True)
class LeftOutCounts:
    """Data that could not be read and is in no figure."""

    spans: Annotated[int, "spans left out"]
    fields: Annotated[int, "fields left out of spans that are counted"]
    parts: Annotated[int, "parts of documents left out"]
    reasons: Annotated[list[LeftOutReason], "the counts by reason"]


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """Number of spans and traces that were read.

    Attributes:
        spans: Spans, each counted once.
        traces: Traces of these spans.
        unfinished: Spans without a known end.
    """

    spans: int
    traces: int
    unfinished: int


_UNFINISHED = "spans without a known end, which are in no duration"
_LEFT_OUT = "data that could not be read"
_ASKED_SINCE = "requested start of the window, RFC 3339"
_SEARCHES = "number of searches sent to Jaeger"
_STOPPED = "why reading stopped before `asked_since`, or null if it did not"
_INCOMPLETE = "slices of a millisecond that hold more traces than one search returns"


@dataclass(frozen=True, slots=True)
class SpansRead:
    """The spans that were read; for a Jaeger also the slices that could not be read whole."""

    complete: Annotated[bool, "whether all of the window was read"]
    spans: Annotated[int, "spans that were read"]
    traces: Annotated[int, "traces of these spans"]
    unfinished: Annotated[int, _UNFINISHED]
    left_out: Annotated[LeftOutCounts, _LEFT_OUT]
    since: Annotated[
        str | None, "start of the range that was read, RFC 3339, or null for a file without a bound"
    ]
    until: Annotated[
        str | None, "end of the range that was read, RFC 3339, or null for a file without a bound"
    ]
    asked_since: Annotated[str | None, _ASKED_SINCE] = None
    searches: Annotated[int | None, _SEARCHES] = None
    stopped: Annotated[str | None, _STOPPED] = ""
    incomplete: Annotated[list[CrowdedSlice] | None, _INCOMPLETE] = None


@dataclass(frozen=True, slots=True)
class TracesRead:
    """The whole traces that were read; for a Jaeger also the slices that could not be read whole."""

    source: Annotated[str, "the file, the Jaeger or the snapshot"]
    since: Annotated[str, "start of the range that was read, RFC 3339"]
    until: Annotated[str, "end of the range that was read, RFC 3339"]
    traces: Annotated[int, "traces that were read"]
    spans: Annotated[int, "spans that were read, before any filter"]
    unfinished: Annotated[int, _UNFINISHED]
    left_out: Annotated[LeftOutCounts, _LEFT_OUT]
    complete: Annotated[bool, "whether all of the window was read"]
    asked_since: Annotated[str | None, _ASKED_SINCE] = None
    searches: Annotated[int | None, _SEARCHES] = None
    stopped: Annotated[str | None, _STOPPED] = ""
    incomplete: Annotated[list[CrowdedSlice] | None, _INCOMPLETE] = None


def counts_of(traces: Iterable[Trace]) -> ReadCounts:
    """Count the spans and traces."""
    spans = count = unfinished = 0
    for trace in traces:
        count += 1
        spans += len(trace.spans)
        unfinished += trace.unfinished
    return ReadCounts(spans, count, unfinished)


def left_out_counts(left_out: LeftOut) -> LeftOutCounts:
    """Return the counts of left-out data as they appear in an answer."""
    return LeftOutCounts(
        left_out.count(Unit.SPAN),
        left_out.count(Unit.FIELD),
        left_out.count(Unit.PART),
        [LeftOutReason(it.unit, it.text, it.count, it.first) for it in left_out.reasons],
    )


def of_searches(coverage: Coverage | None) -> dict[str, Any]:
    """Return the fields for Jaeger searches: start of the window, number of searches, slices not read whole."""
    if coverage is None:
        return {}
    return {
        "asked_since": rfc3339(coverage.start_ns),
        "searches": coverage.requests,
        "stopped": coverage.stopped or None,
        "incomplete": [
            CrowdedSlice(service, rfc3339(start), rfc3339(end)) for service, start, end in coverage.crowded
        ],
    }
