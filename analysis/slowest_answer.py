"""The answer about the slowest calls, with span ids and names."""

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
    """The operation or queue wait that took the most time."""

    kind: Annotated[PartKind, WHICH_KIND]
    service: Annotated[str, "service of the operation"]
    operation: Annotated[str, "name of the spans, or of the queue for a wait"]
    time_ns: Annotated[int, "exclusive time on the critical path, ns"]
    share: Annotated[float, "share of the path's time, 0 to 1"]
    spans: Annotated[int, "number of spans with that time"]
    trace_id: Annotated[str, "trace of the span with the most time"]
    span_id: Annotated[str, "id of the span with the most time"]


@dataclass(frozen=True, slots=True)
class SlowCallRow:
    """A slow call."""

    trace_id: Annotated[str, "32 hex digits"]
    span_id: Annotated[str, "id of the endpoint's span"]
    service: Annotated[str, "service of the endpoint"]
    endpoint: Annotated[str, "name of the endpoint in `kit traces endpoints`"]
    start_time: Annotated[str, "start of the call, RFC 3339"]
    took_ns: Annotated[int, "duration of the call, or with --end-to-end of the whole request, ns"]
    explained_by: Annotated[ExplainedBy | None, "what took the most time, or null if the path has no time"]
    link: Annotated[str | None, "URL in Jaeger's UI, or null if the UI's address is unknown"]


@dataclass(frozen=True, slots=True)
class SlowestAnswer:
    """The slowest calls of endpoints, each with an explanation."""

    KIND: ClassVar = "traces.slowest"

    by: Annotated[
        Literal["endpoint", "request"], "measured time; `request` lasts until the last consumer is done"
    ]
    rule: Annotated[Literal["jaeger", "queues"], "rule of the critical path"]
    slowest: Annotated[list[SlowCallRow], "calls, slowest first"]
    objectives: Annotated[list[Verdict], "objectives of the command line, on the longest call"]
    coverage: Annotated[SpansRead, "what was read"]
    why: Annotated[StandingOut | None, "with --why: what distinguishes the slowest tenth"] = None


def slow_call_rows(
    table: SpanTable, calls: EndpointRows, found: Sequence[SlowCall], jaeger: str
) -> list[SlowCallRow]:
    """Return the slow calls with the ids and names of their spans.

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
