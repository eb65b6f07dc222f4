"""`kit traces endpoints`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli import traces_options as options
from kit.terminal import Output, answer, say

if TYPE_CHECKING:
    from analysis.endpoints import Endpoint


def endpoints(
    service: str = options.SERVICE,
    operation: str = options.OPERATION,
    attribute: list[str] = options.ATTRIBUTE,
    since: str = options.SINCE,
    until: str = options.UNTIL,
    objective: list[str] = options.OBJECTIVE,
    fail_on: options.FailOn | None = options.FAIL_ON,
    jaeger: str = options.JAEGER,
    from_: list[Path] = options.FROM,
    more_files: list[Path] | None = options.MORE_FILES,
    output: Output = options.OUTPUT,
) -> None:
    """Which endpoint costs most: each server's route and each consumer, by impact (rate × mean time).

    Percentiles are interpolated linearly; a p99 of fewer than 100 calls is in parentheses. self: mean time that no
    child span covers. db, redis, http: share of time in such calls; queue: share that was waiting in the queue.
    Objectives are those of kit.yaml, unless --objective names others.

    Example: kit traces endpoints --since 15m --objective "coupon-api:p99<400ms" --fail-on objective
    """
    from analysis.endpoints import NEEDED, endpoint_rows, window_of
    from analysis.endpoints import endpoints as measured
    from analysis.objectives import unmatched
    from analysis.selection import chosen
    from kit.cli.traces_scope import (
        Scope,
        leave_if_missed,
        objectives_of,
        plain_verdict,
        tell_verdicts,
    )
    from kit.cli.traces_source import named_files, told
    from kit.spec_objectives import spec_objectives

    scope = Scope(service, operation, attribute, since, until, jaeger, named_files(from_, more_files))
    with told():
        asked = objectives_of(objective)
        objectives = asked or spec_objectives()
        reading = scope.read(NEEDED)
    query, table = reading.query, reading.table
    calls = endpoint_rows(table, chosen(table, query), query.operation)
    first, last = window_of(table, calls.rows)
    start = first if query.start_ns is None else query.start_ns
    end = last if query.end_ns is None else query.end_ns
    found = measured(table, calls, window_ns=end - start, objectives=objectives)
    verdicts = [(f"{it.service}: {it.name}", verdict) for it in found for verdict in it.verdicts]
    verdicts += [("", verdict) for verdict in unmatched(asked, [verdict for _, verdict in verdicts])]
    if output is Output.JSON:
        from analysis.percentiles import METHOD

        answer(
            "traces.endpoints",
            window_ns=end - start,
            percentile_method=METHOD,
            self_time_rule="jaeger",
            endpoints=[_plain(it) for it in found],
            objectives=[plain_verdict(verdict) for _, verdict in verdicts],
            coverage=reading.plain(),
        )
    else:
        _show(found)
        if not found:
            say(f"no call of an endpoint in {reading.where} matches")
    tell_verdicts([verdict for _, verdict in verdicts], [name for name, _ in verdicts])
    if fail_on is options.FailOn.OBJECTIVE:
        leave_if_missed([verdict for _, verdict in verdicts])


_HEADS = (
    *("service", "endpoint", "calls", "per s", "errors", "p50", "p95", "p99", "self"),
    *("impact", "share", "db", "redis", "http", "queue"),
)


def _show(found: list[Endpoint]) -> None:
    from analysis.objectives import Outcome
    from kit.cli.traces_scope import p99_cell, print_table, short

    rows = [
        (
            it.service,
            it.name,
            f"{it.count:,}",
            "-" if it.rate is None else f"{it.rate:.3g}",
            f"{it.errors:,}" if it.errors else "-",
            short(it.duration.p50),
            short(it.duration.p95),
            p99_cell(it.duration),
            short(it.self_ns),
            "-" if it.impact is None else f"{it.impact:.3g}",
            _percent(it.impact_share),
            *(_percent(it.time_in[kind]) for kind in ("db", "redis", "http", "queue")),
        )
        for it in found
    ]
    missed = {
        number
        for number, it in enumerate(found)
        if any(verdict.outcome is Outcome.MISSED for verdict in it.verdicts)
    }
    print_table(_HEADS, rows, names=(0, 1), marked=missed)


def _percent(share: float) -> str:
    return "-" if share == 0 else f"{100 * share:.0f}%" if share >= 0.005 else "<1%"


def _plain(it: Endpoint) -> dict[str, Any]:
    from kit.cli.traces_scope import plain_percentiles, plain_verdict

    return {
        "service": it.service,
        "endpoint": it.name,
        "kind": it.kind,
        "count": it.count,
        "rate_per_s": it.rate,
        "errors": it.errors,
        "duration": plain_percentiles(it.duration),
        "self_ns": round(it.self_ns),
        "total_ns": it.total_ns,
        "impact": it.impact,
        "impact_share": it.impact_share,
        "time_in": it.time_in,
        "queue_wait": plain_percentiles(it.wait),
        "objectives": [plain_verdict(verdict) for verdict in it.verdicts],
    }
