"""The answer about the slowest calls: their spans by id and name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from analysis.coverage import SpansRead
from analysis.critical_path.totals import WHICH_KIND, PartKind, kind_of
from analysis.moments import rfc3339
from analysis.objectives import Verdict
from analysis.standing_out import StandingOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import SpanTable
    from analysis.endpoints import EndpointRows
    from analysis.slowest import Explanation, SlowCall


@dataclass(frozen=True, slots=True)
class ExplainedBy:
    """What took most; null when its path has no time."""

    kind: Annotated[PartKind, WHICH_KIND]
    service: Annotated[str, "whose"]
    operation: Annotated[str, "the spans' name; of a wait the queue's"]
    time_ns: Annotated[int, "its exclusive time on the critical path, ns"]
    share: Annotated[float, "of the path's time, 0 to 1"]
    spans: Annotated[int, "over how many spans"]
    trace_id: Annotated[str, "of the one with most"]
    span_id: Annotated[str, "of the one with most"]


@dataclass(frozen=True, slots=True)
class SlowCallRow:
    """A call."""

    trace_id: Annotated[str, "32 hex digits"]
    span_id: Annotated[str, "of the endpoint's span"]
    service: Annotated[str, "whose"]
    endpoint: Annotated[str, "as `kit traces endpoints` names it"]
    start_time: Annotated[str, "RFC 3339"]
    took_ns: Annotated[int, "the call, or with --end-to-end the whole request, ns"]
    explained_by: Annotated[ExplainedBy | None, "what took most; null when its path has no time"]
    link: Annotated[str | None, "into Jaeger's UI; null where none is known"]


@dataclass(frozen=True, slots=True)
class SlowestAnswer:
    """The slowest calls of endpoints, and what explains each."""

    KIND: ClassVar = "traces.slowest"

    by: Annotated[Literal["endpoint", "request"], "`request`: until the last consumer is done"]
    rule: Annotated[Literal["jaeger", "queues"], "of the critical path"]
    slowest: Annotated[list[SlowCallRow], "the slowest first"]
    objectives: Annotated[list[Verdict], "those of the command line, on the longest"]
    coverage: Annotated[SpansRead, "what was read"]
    why: Annotated[StandingOut | None, "with --why: what sets the slowest tenth apart"] = None


def slow_call_rows(
    table: SpanTable, calls: EndpointRows, found: Sequence[SlowCall], jaeger: str
) -> list[SlowCallRow]:
    """The slow calls with the ids and names of their spans.

    Args:
        table: The spans.
        calls: Names of the calls' endpoints.
        found: The slow calls.
        jaeger: URL of the UI to link to; empty for none.
    """
    names = dict(zip(calls.rows.tolist(), (calls.keys[one] for one in calls.index.tolist()), strict=True))
    return [
        SlowCallRow(
            trace_id=(trace_id := table.trace_id_of(it.row)),
            span_id=(span_id := table.span_id_of(it.row)),
            service=names[it.row][0],
            endpoint=names[it.row][1],
            start_time=rfc3339(int(table.start_ns[it.row])),
            took_ns=it.took_ns,
            explained_by=None if it.explanation is None else _explained(table, it.explanation),
            link=f"{jaeger}/trace/{trace_id}?uiFind={span_id}" if jaeger else None,
        )
        for it in found
    ]


def _explained(table: SpanTable, it: Explanation) -> ExplainedBy:
    return ExplainedBy(
        kind=kind_of(is_wait=it.is_wait),
        service=it.service,
        operation=it.operation,
        time_ns=it.time_ns,
        share=it.share,
        spans=it.spans,
        trace_id=table.trace_id_of(it.row),
        span_id=table.span_id_of(it.row),
    )
