"""Find the requests that spent a budget, in Jaeger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analysis.durations import parse_duration
from analysis.gathering import gather
from analysis.model import SpanKind
from analysis.moments import rfc3339
from analysis.search import Query
from kit.operate.slo.answers import BadRequest

if TYPE_CHECKING:
    from analysis.model import Span, Trace
    from analysis.search import TraceSource
    from kit.operate.slo.answers import ObjectiveState

# Enough to choose the slowest from; more would take long on a busy system.
_READ = 100


def bad_requests(
    jaeger: TraceSource, url: str, spent: ObjectiveState, now_ns: int, most: int
) -> list[BadRequest]:
    """Return bad requests of the window in which an objective was spent: the slowest, or the newest with an error.

    Args:
        jaeger: Jaeger.
        url: URL of Jaeger's UI.
        spent: State of the objective; its window is set.
        now_ns: Current time, ns since 1970.
        most: Maximum number of requests.

    Raises:
        AnalysisError: Jaeger can't be read.
    """
    query = Query(
        service=spent.service,
        operation=spent.endpoint,
        attributes={"error": "true"} if spent.threshold_ns is None else {},
        # Jaeger's limit includes the duration itself, which is not slower than the objective.
        min_duration_ns=None if spent.threshold_ns is None else spent.threshold_ns + 1,
        start_ns=now_ns - parse_duration(spent.window or "1h"),
        end_ns=now_ns,
    )
    traces, _ = gather(jaeger, query, most_traces=_READ)
    found = list(_bad_spans(traces, spent))
    found.sort(key=lambda span: -span.start_ns if spent.threshold_ns is None else -span.duration_ns)
    return [_row(span, url) for span in found[:most]]


def _bad_spans(traces: Iterable[Trace], spent: ObjectiveState) -> Iterator[Span]:
    """Yield the spans that the objective counts as bad; at most one of a trace."""
    for trace in traces:
        for span in trace.spans:
            is_request = (
                span.service == spent.service
                and span.kind in (SpanKind.SERVER, SpanKind.CONSUMER)
                and spent.endpoint in (None, span.name)
            )
            slow = spent.threshold_ns is not None and (
                not span.is_unfinished and span.duration_ns > spent.threshold_ns
            )
            failed = spent.threshold_ns is None and span.is_error
            if is_request and (slow or failed):
                yield span
                break


def _row(span: Span, url: str) -> BadRequest:
    return BadRequest(
        trace_id=span.trace_id,
        span_id=span.span_id,
        endpoint=span.name,
        start_time=rfc3339(span.start_ns),
        took_ns=None if span.is_unfinished else span.duration_ns,
        error=span.is_error,
        link=f"{url.rstrip('/')}/trace/{span.trace_id}?uiFind={span.span_id}",
    )
