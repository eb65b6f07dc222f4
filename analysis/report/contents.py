"""What the page shows: each question is asked with the function, and of the rows, that its command asks."""

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
"""So many requests are drawn as waterfalls, and so many endpoints' latencies."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Every answer.

    Attributes:
        table: all spans that were read.
        endpoints: as `kit traces endpoints` has them.
        verdicts: on the objectives of endpoints and queues; empty text is whose where there is no such endpoint.
        distributions: of the first endpoints.
        queues: as `kit traces queues` has them.
        waits: over time.
        totals: as `kit traces critical-path` has them.
        flame: the same time by who called whom.
        waterfalls: as `kit traces slowest --end-to-end` lists them.
        findings: as `kit traces lint` has them.
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
    """Ask everything.

    Args:
        table: all spans, with all attributes.
        traces: those of the window, for the findings; the window alone chooses them.
        query: what is asked for: filters and the window, whose bounds a file may lack.
        objectives: to be judged.
        asked: those of them that a person named: that one matches nothing is told.
        live: see `linting.lint`.
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
    """The query's, or where that has no bounds from the first to the last start of the rows that are counted."""
    first, last = window_of(table, rows)
    return (
        first if query.start_ns is None else query.start_ns,
        last if query.end_ns is None else query.end_ns,
    )
