"""All figures of the page, computed with the same functions and rows as in the commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.critical_path.by_rule import paths
from analysis.critical_path.path import PathRule
from analysis.critical_path.queue_rule import Requests
from analysis.critical_path.totals import totals
from analysis.endpoints import endpoint_rows, endpoints, window_of
from analysis.lint.linting import lint
from analysis.objectives import unmatched
from analysis.queues import process_rows, queues
from analysis.report.callers import callers_of
from analysis.report.flame import flame_graph
from analysis.report.latencies import distributions
from analysis.report.waits import waits_over_time
from analysis.report.waterfall import waterfalls
from analysis.search import Query
from analysis.selection import chosen, named
from analysis.slowest import slowest_requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import Rows, SpanTable
    from analysis.critical_path.totals import Totals
    from analysis.endpoints import Endpoint
    from analysis.model import Trace
    from analysis.objectives import Objective, Verdict
    from analysis.queues import Queue
    from analysis.report.flame import Frame
    from analysis.report.latencies import Distribution
    from analysis.report.waits import WaitsOverTime
    from analysis.report.waterfall import Waterfall
    from findings.finding import Finding

SLOWEST = 10
DISTRIBUTIONS = 8
"""Maximum number of requests shown as waterfalls, and of endpoints shown with a latency distribution."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All figures of the page.

    Attributes:
        table: All spans that were read.
        endpoints: The endpoints of `kit traces endpoints`.
        verdicts: Name of the endpoint or queue, and verdict, of each objective; an empty name if none matches.
        distributions: Latency distributions of the first endpoints.
        queues: The queues of `kit traces queues`.
        waits: Queue waits over time.
        totals: The totals of `kit traces critical-path`.
        flame: The same time as a tree of calls.
        waterfalls: The requests of `kit traces slowest --end-to-end`.
        findings: The findings of `kit traces lint`.
    """

    table: SpanTable
    endpoints: Sequence[Endpoint]
    verdicts: Sequence[tuple[str, Verdict]]
    distributions: Sequence[Distribution]
    queues: Sequence[Queue]
    waits: Sequence[WaitsOverTime]
    totals: Totals
    flame: Frame
    waterfalls: Sequence[Waterfall]
    findings: Sequence[Finding]


def contents_of(
    table: SpanTable,
    traces: Sequence[Trace],
    query: Query,
    *,
    objectives: Sequence[Objective] = (),
    asked: Sequence[Objective] = (),
    live: bool = False,
) -> Contents:
    """Compute all figures.

    Args:
        table: All spans, with all attributes.
        traces: All traces of the window, without other filters, for the findings.
        query: Filters and window; for a file, the window may have no bounds.
        objectives: Objectives to judge.
        asked: Objectives from the command line; one that matches nothing is reported as not judged.
        live: Whether spans may still be missing, see `linting.lint`.
    """
    among = chosen(table, query)
    calls = endpoint_rows(table, among, query.operation)
    start, end = _window(table, calls.rows, query)
    found = endpoints(table, calls, window_ns=end - start, objectives=objectives)
    matching = among & named(table, query.operation)
    messages = process_rows(table, matching)
    sent_within = chosen(table, Query(start_ns=query.start_ns, end_ns=query.end_ns))
    begin, finish = _window(table, messages, query)
    waiting = queues(table, messages, sent_within, window_ns=finish - begin, objectives=objectives)
    verdicts = [(f"{it.service}: {it.endpoint}", verdict) for it in found for verdict in it.objectives]
    verdicts += [(f"{it.service}: {it.queue}", verdict) for it in waiting for verdict in it.objectives]
    verdicts += [("", verdict) for verdict in unmatched(asked, [verdict for _, verdict in verdicts])]
    critical = list(paths(table, PathRule.QUEUES, matching))
    requests = Requests(table)
    callers = callers_of(table, requests)
    starts = [trace.start_ns for trace in traces] or [0]
    return Contents(
        table=table,
        endpoints=found,
        verdicts=verdicts,
        distributions=distributions(table, calls, found, DISTRIBUTIONS),
        queues=waiting,
        waits=waits_over_time(table, messages, (begin, finish)),
        totals=totals(table, critical),
        flame=flame_graph(table, critical, callers),
        waterfalls=waterfalls(table, slowest_requests(table, calls.rows, SLOWEST), requests, callers),
        findings=lint(
            traces,
            window_ns=(
                min(starts) if query.start_ns is None else query.start_ns,
                max(starts) if query.end_ns is None else query.end_ns,
            ),
            live=live,
            service=query.service or "",
            endpoint=query.operation or "",
            attributes=query.attributes,
        ),
    )


def _window(table: SpanTable, rows: Rows, query: Query) -> tuple[int, int]:
    """Return the query's window; without bounds, that from the first to the last start of the counted rows."""
    first, last = window_of(table, rows)
    return (
        first if query.start_ns is None else query.start_ns,
        last if query.end_ns is None else query.end_ns,
    )
