"""`kit traces slowest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kit.cli import traces_options as options
from kit.terminal import Output, answer, data, say

if TYPE_CHECKING:
    from analysis.columns.table import SpanTable
    from analysis.objectives import Verdict
    from analysis.slowest import Explanation, SlowCall
    from analysis.standing_out import Comparison


def slowest(
    service: str = options.SERVICE,
    operation: str = options.OPERATION,
    attribute: list[str] = options.ATTRIBUTE,
    since: str = options.SINCE,
    until: str = options.UNTIL,
    limit: int = typer.Option(10, "--limit", min=1, help="How many to list."),
    end_to_end: bool = typer.Option(
        False, "--end-to-end", help="By the time until the last consumer is done, not by the endpoint's own."
    ),
    why: bool = typer.Option(
        False, "--why", help="Also what sets the slowest tenth apart: values and spans they have more often."
    ),
    objective: list[str] = typer.Option(
        [],
        "--objective",
        metavar="OBJECTIVE",
        help='How long a call may take at most, as "coupon-api:POST /coupons:max<2s" or "*:max<2s"; with '
        "--end-to-end a request. May be repeated.",
    ),
    fail_on: options.FailOn | None = options.FAIL_ON,
    jaeger: str = options.JAEGER,
    from_: list[Path] = options.FROM,
    more_files: list[Path] | None = options.MORE_FILES,
    output: Output = options.OUTPUT,
) -> None:
    """The slowest calls of endpoints, each with the operation that explains it and a link into Jaeger's UI.

    What explains a call has most exclusive time on its critical path (Jaeger's rule; with --end-to-end through the
    queues). With --from, links need --jaeger too.

    Example: kit traces slowest --operation "POST /campaigns/{campaign_id}/coupons" --since 15m --why

    In CI: kit traces slowest --end-to-end --objective "*:max<2s" --fail-on objective
    """
    from analysis.columns.times import owner_of
    from analysis.critical_path.rules import NEEDED
    from analysis.endpoints import endpoint_rows
    from analysis.objectives import OF_CALLS
    from analysis.selection import chosen
    from analysis.semantics import NEEDED as FOR_NAMES
    from analysis.semantics import is_endpoint
    from analysis.slowest import RequestPaths, longest, slowest_calls, slowest_requests
    from analysis.standing_out import standing_out
    from kit.cli.traces_scope import Scope, objectives_of, plain_verdict, tell_verdicts
    from kit.cli.traces_source import named_files, told

    scope = Scope(service, operation, attribute, since, until, jaeger, named_files(from_, more_files))
    with told():
        objectives = objectives_of(objective, OF_CALLS)
        reading = scope.read(None if why else (*NEEDED, *FOR_NAMES), whole=end_to_end)
    table = reading.table
    calls = endpoint_rows(table, chosen(table, reading.query), reading.query.operation)
    requests = RequestPaths(table) if end_to_end else None
    found = (
        slowest_calls(table, calls.rows, limit)
        if requests is None
        else slowest_requests(table, calls.rows, limit, requests)
    )
    compared = standing_out(table, calls, owner_of(table, is_endpoint(table))) if why else None
    judged = longest(table, calls, objectives, requests)
    url = (reading.jaeger or jaeger).rstrip("/")
    if output is Output.JSON:
        names = dict(zip(calls.rows.tolist(), (calls.keys[one] for one in calls.index.tolist()), strict=True))
        answer(
            "traces.slowest",
            by="request" if end_to_end else "endpoint",
            rule="queues" if end_to_end else "jaeger",
            slowest=[_plain(table, it, names[it.row], url) for it in found],
            **({} if compared is None else {"why": _plain_why(compared)}),
            objectives=[plain_verdict(verdict) for _, verdict in judged],
            coverage=reading.plain(),
        )
    else:
        _show(table, found, url)
        if not found:
            say(f"no call of an endpoint in {reading.where} matches")
        if compared is not None:
            _show_why(compared)
    tell_verdicts([verdict for _, verdict in judged], [name for name, _ in judged])
    if fail_on is options.FailOn.OBJECTIVE:
        leave([verdict for _, verdict in judged], is_complete=reading.is_complete)


def leave(verdicts: list[Verdict], *, is_complete: bool) -> None:
    """Leave with 1 when a call took too long, with 5 when that cannot be told."""
    from kit.cli.traces_scope import leave_if_missed
    from kit.errors import NotEnoughDataError

    leave_if_missed(verdicts, "*:max<2s")
    if not is_complete:
        raise NotEnoughDataError(
            "not all calls of the window were read: one that was not may have taken longer",
            hint="a shorter --since, or --service",
        )


def _show(table: SpanTable, found: list[SlowCall], url: str) -> None:
    from analysis.moments import format_moment
    from kit.cli.traces_scope import print_table, short

    rows = [
        (
            format_moment(int(table.start_ns[it.row])).removesuffix(" UTC"),
            short(it.took_ns),
            table.service_of(it.row),
            table.name_of(it.row),
            _explained(it.explanation),
            _link(table, it.row, url) or table.trace_id_of(it.row),
        )
        for it in found
    ]
    heads = ("start (UTC)", "took", "service", "endpoint", "explained by", "link" if url else "trace id")
    print_table(heads, rows, names=(0, 2, 3, 4, 5), whole=(5,))


def _explained(it: Explanation | None) -> str:
    from kit.cli.traces_scope import short

    if it is None:
        return "-"
    what = f"(waiting in {it.operation})" if it.is_wait else f"{it.service}: {it.operation}"
    times = f" ×{it.spans}" if it.spans > 1 else ""
    return f"{100 * it.share:.0f}% {what}{times}, {short(it.time_ns)}"


def _show_why(compared: Comparison) -> None:
    from analysis.standing_out import LEAST_SLOW
    from kit.cli.traces_scope import print_table

    if compared.slow < LEAST_SLOW:
        say(f"too few calls to tell why: the slowest tenth are {compared.slow}, {LEAST_SLOW} are needed")
        return
    data("")
    if not compared.traits:
        data(f"nothing sets the slowest {compared.slow:,} apart from the other {compared.others:,}")
        return
    rows = [
        (
            f"{it.where}: {it.key}={_text(it.value)}"
            if it.where and it.key
            else it.where or f"{it.key}={_text(it.value)}",
            "attribute" if it.key else "span",
            f"{100 * it.slow_share:.0f}% ({it.slow:,})",
            f"{100 * it.other_share:.0f}% ({it.others:,})",
        )
        for it in compared.traits[:15]
    ]
    print_table(
        ("what stands out", "kind", f"of the slowest {compared.slow:,}", f"of the other {compared.others:,}"),
        rows,
        names=(0, 1),
    )


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _link(table: SpanTable, row: int, url: str) -> str:
    return f"{url}/trace/{table.trace_id_of(row)}?uiFind={table.span_id_of(row)}" if url else ""


def _plain(table: SpanTable, it: SlowCall, endpoint: tuple[str, str], url: str) -> dict[str, Any]:
    from analysis.moments import rfc3339

    why = it.explanation
    return {
        "trace_id": table.trace_id_of(it.row),
        "span_id": table.span_id_of(it.row),
        "service": endpoint[0],
        "endpoint": endpoint[1],
        "start_time": rfc3339(int(table.start_ns[it.row])),
        "took_ns": it.took_ns,
        "explained_by": None
        if why is None
        else {
            "kind": "queue_wait" if why.is_wait else "span",
            "service": why.service,
            "operation": why.operation,
            "time_ns": why.time_ns,
            "share": why.share,
            "spans": why.spans,
            "trace_id": table.trace_id_of(why.row),
            "span_id": table.span_id_of(why.row),
        },
        "link": _link(table, it.row, url) or None,
    }


def _plain_why(compared: Comparison) -> dict[str, Any]:
    return {
        "slow": compared.slow,
        "others": compared.others,
        "traits": [
            {
                "span": it.where or None,
                "key": it.key or None,
                "value": _text(it.value) if it.key else None,
                "slow": it.slow,
                "others": it.others,
                "slow_share": it.slow_share,
                "other_share": it.other_share,
                "p_corrected": it.p,
            }
            for it in compared.traits
        ],
    }
