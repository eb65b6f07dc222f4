"""What an answer says of the traces that it is from: how many, of what time, and what could not be read."""

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

    service: Annotated[str, "whose search"]
    since: Annotated[str, "its beginning, RFC 3339"]
    until: Annotated[str, "its end, RFC 3339"]


@dataclass(frozen=True, slots=True)
class LeftOutReason:
    """Why something was left out."""

    unit: Annotated[Unit, "how much: a part of a document may hold any number of spans"]
    reason: Annotated[str, "why"]
    count: Annotated[int, "how many"]
    first: Annotated[str, "where the first stands: file, line, place in the document"]


@dataclass(frozen=True, slots=True)
class LeftOutCounts:
    """What could not be read and is in no figure."""

    spans: Annotated[int, "spans"]
    fields: Annotated[int, "fields of spans that are counted without them"]
    parts: Annotated[int, "parts of documents"]
    reasons: Annotated[list[LeftOutReason], "by reason"]


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """How much was read.

    Attributes:
        spans: each once.
        traces: that they are of.
        unfinished: spans without a known end.
    """

    spans: int
    traces: int
    unfinished: int


_UNFINISHED = "spans among them without a known end: they are in no duration"
_LEFT_OUT = "what could not be read"
_ASKED_SINCE = "what was asked for, RFC 3339"
_SEARCHES = "searches that a Jaeger was asked"
_STOPPED = "why the reading stopped before `asked_since`; null when it did not"
_INCOMPLETE = "slices of a millisecond that hold more traces than one search returns"


@dataclass(frozen=True, slots=True)
class SpansRead:
    """What was read; from a Jaeger also what could not be."""

    complete: Annotated[bool, "whether all of the window was read"]
    spans: Annotated[int, "spans that were read"]
    traces: Annotated[int, "traces that they are of"]
    unfinished: Annotated[int, _UNFINISHED]
    left_out: Annotated[LeftOutCounts, _LEFT_OUT]
    since: Annotated[str | None, "from when on all was read, RFC 3339; null where a file has no bound"]
    until: Annotated[str | None, "until when, RFC 3339; null where a file has no bound"]
    asked_since: Annotated[str | None, _ASKED_SINCE] = None
    searches: Annotated[int | None, _SEARCHES] = None
    stopped: Annotated[str | None, _STOPPED] = ""
    incomplete: Annotated[list[CrowdedSlice] | None, _INCOMPLETE] = None


@dataclass(frozen=True, slots=True)
class TracesRead:
    """Whole traces that were read; from a Jaeger also what could not be."""

    source: Annotated[str, "the file, the Jaeger or the snapshot"]
    since: Annotated[str, "from when on, RFC 3339"]
    until: Annotated[str, "until when, RFC 3339"]
    traces: Annotated[int, "traces that were read"]
    spans: Annotated[int, "spans that were read, before any were chosen"]
    unfinished: Annotated[int, _UNFINISHED]
    left_out: Annotated[LeftOutCounts, _LEFT_OUT]
    complete: Annotated[bool, "whether all of the window was read"]
    asked_since: Annotated[str | None, _ASKED_SINCE] = None
    searches: Annotated[int | None, _SEARCHES] = None
    stopped: Annotated[str | None, _STOPPED] = ""
    incomplete: Annotated[list[CrowdedSlice] | None, _INCOMPLETE] = None


def counts_of(traces: Iterable[Trace]) -> ReadCounts:
    """How much some traces are."""
    spans = count = unfinished = 0
    for trace in traces:
        count += 1
        spans += len(trace.spans)
        unfinished += trace.unfinished
    return ReadCounts(spans, count, unfinished)


def left_out_counts(left_out: LeftOut) -> LeftOutCounts:
    """What a reading left out, for an answer."""
    return LeftOutCounts(
        left_out.count(Unit.SPAN),
        left_out.count(Unit.FIELD),
        left_out.count(Unit.PART),
        [LeftOutReason(it.unit, it.text, it.count, it.first) for it in left_out.reasons],
    )


def of_searches(coverage: Coverage | None) -> dict[str, Any]:
    """The fields that only a Jaeger's searches have: what it was asked, and which slices it could not answer whole."""
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
