"""`kit traces endpoints`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.endpoints import Endpoint

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def endpoints(
    *,
    filters: options.Filters,
    objective: options.Objectives = None,
    fail_on: options.FailOnObjective = None,
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """List each endpoint (a server's route, a consumer, a job), sorted by impact (rate × mean time).

    Percentiles are interpolated linearly; a p99 of fewer than 100 calls is in parentheses. self: mean time that no
    child span covers. db, redis, http: share of time in such calls; queue: share of time waiting in the queue.
    Objectives come from kit.yaml, unless --objective is given.

    Example: kit traces endpoints --since 15m --objective "coupon-api:p99<400ms" --fail-on objective
    """
    from analysis.endpoints import NEEDED, EndpointsAnswer, endpoint_rows, window_of
    from analysis.endpoints import endpoints as measured
    from analysis.objectives import unmatched
    from analysis.percentiles import METHOD
    from analysis.selection import chosen
    from kit.cli.traces.scope import Scope, leave_if_missed, objectives_of, tell_verdicts
    from kit.cli.traces.source import told
    from kit.printing import show
    from kit.spec_objectives import spec_objectives

    with told():
        asked = objectives_of(objective)
        objectives = asked or spec_objectives(source.spec)
        reading = Scope(filters, source).read(NEEDED)
    query, table = reading.query, reading.table
    calls = endpoint_rows(table, chosen(table, query), query.operation)
    first, last = window_of(table, calls.rows)
    start = first if query.start_ns is None else query.start_ns
    end = last if query.end_ns is None else query.end_ns
    found = measured(table, calls, window_ns=end - start, objectives=objectives)
    verdicts = [(f"{it.service}: {it.endpoint}", verdict) for it in found for verdict in it.objectives]
    verdicts += [("", verdict) for verdict in unmatched(asked, [verdict for _, verdict in verdicts])]
    answer = EndpointsAnswer(
        window_ns=end - start,
        percentile_method=METHOD,
        self_time_rule="jaeger",
        endpoints=found,
        objectives=[verdict for _, verdict in verdicts],
        coverage=reading.answer(),
    )
    show(answer, output, _lines(found, reading.where))
    tell_verdicts(verdicts)
    if fail_on is options.FailOn.OBJECTIVE:
        leave_if_missed(answer.objectives)


_HEADS = (
    *("service", "endpoint", "calls", "per s", "errors", "p50", "p95", "p99", "self"),
    *("impact", "share", "db", "redis", "http", "queue"),
)
# Columns that a narrow terminal omits, in this order: shares of time, self, per s, impact, share, p50, errors.
_SPARED = (13, 12, 11, 14, 8, 3, 9, 10, 5, 4)


def _lines(found: Sequence[Endpoint], where: str) -> Iterator[str]:
    from analysis.objectives import Outcome
    from kit.cli.traces.scope import p99_cell, short, table_lines

    rows = [
        (
            it.service,
            it.endpoint,
            f"{it.count:,}",
            "-" if it.rate_per_s is None else f"{it.rate_per_s:.3g}",
            f"{it.errors:,}" if it.errors else "-",
            *(
                ("?", "?", "?", "?")
                if it.duration is None
                else (
                    short(it.duration.p50_ns),
                    short(it.duration.p95_ns),
                    p99_cell(it.duration),
                    short(it.self_ns),
                )
            ),
            "-" if it.impact is None else f"{it.impact:.3g}",
            _percent(it.impact_share),
            *(_percent(it.time_in[kind]) for kind in ("db", "redis", "http", "queue")),
        )
        for it in found
    ]
    missed = {
        number
        for number, it in enumerate(found)
        if any(verdict.outcome is Outcome.MISSED for verdict in it.objectives)
    }
    yield from table_lines(_HEADS, rows, names=(0, 1), marked=missed, spared=_SPARED)
    if not found:
        say(f"no call of an endpoint in {where} matches")


def _percent(share: float) -> str:
    return "-" if share == 0 else f"{100 * share:.0f}%" if share >= 0.005 else "<1%"
