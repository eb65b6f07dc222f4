"""`kit traces slowest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import SpanTable
    from analysis.objectives import Verdict
    from analysis.slowest import SlowCall
    from analysis.slowest_answer import ExplainedBy, SlowestAnswer
    from analysis.standing_out import StandingOut

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def slowest(
    *,
    filters: options.Filters,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Maximum number of calls.")] = 10,
    end_to_end: Annotated[
        bool,
        typer.Option(
            "--end-to-end",
            help="Sort by the time until the last consumer is done, not by the endpoint's time.",
        ),
    ] = False,
    why: Annotated[
        bool,
        typer.Option(
            "--why",
            help="Also show the attribute values and spans that the slowest tenth has more often than the rest.",
        ),
    ] = False,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            metavar="OBJECTIVE",
            help='Maximum time of a call, such as "coupon-api:POST /coupons:max<2s" or "*:max<2s"; with '
            "--end-to-end, of a request. May be repeated.",
        ),
    ] = None,
    fail_on: options.FailOnObjective = None,
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """List the slowest calls of endpoints, each with the operation that explains it and a link to Jaeger's UI.

    The operation that explains a call has the most exclusive time on its critical path (Jaeger's rule; with
    --end-to-end, through the queues). With --from, links need --jaeger too.

    Example: kit traces slowest --operation "POST /campaigns/{campaign_id}/coupons" --since 15m --why

    Example: kit traces slowest --end-to-end --objective "*:max<2s" --fail-on objective
    """
    from analysis.columns.times import owner_of
    from analysis.critical_path.by_rule import NEEDED
    from analysis.endpoints import endpoint_rows
    from analysis.objectives import OF_CALLS
    from analysis.selection import chosen
    from analysis.semantics import NEEDED as FOR_NAMES
    from analysis.semantics import is_endpoint
    from analysis.slowest import RequestPaths, longest, slowest_calls, slowest_requests
    from analysis.slowest_answer import SlowestAnswer, slow_call_rows
    from analysis.standing_out import standing_out
    from kit.cli.traces.scope import Scope, objectives_of, tell_verdicts
    from kit.cli.traces.source import told
    from kit.printing import show

    with told():
        objectives = objectives_of(objective, OF_CALLS)
        reading = Scope(filters, source).read(None if why else (*NEEDED, *FOR_NAMES), whole=end_to_end)
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
    url = (reading.jaeger or source.jaeger).rstrip("/")
    answer = SlowestAnswer(
        by="request" if end_to_end else "endpoint",
        rule="queues" if end_to_end else "jaeger",
        slowest=slow_call_rows(table, calls, found, url),
        objectives=[verdict for _, verdict in judged],
        coverage=reading.answer(),
        why=compared,
    )
    show(answer, output, _lines(answer, table, found, reading.where))
    tell_verdicts(judged)
    if fail_on is options.FailOn.OBJECTIVE:
        leave(answer.objectives, is_complete=reading.is_complete)


def leave(verdicts: list[Verdict], *, is_complete: bool) -> None:
    """Exit with 1 if a call took too long, with 5 if that is unknown."""
    from kit.cli.traces.scope import leave_if_missed
    from kit.errors import NotEnoughDataError

    leave_if_missed(verdicts, "*:max<2s")
    if not is_complete:
        raise NotEnoughDataError(
            "not all calls of the window were read, and an unread call may have taken longer",
            hint="use a shorter --since, or --service",
        )


def _lines(answer: SlowestAnswer, table: SpanTable, found: list[SlowCall], where: str) -> Iterator[str]:
    from analysis.moments import format_moment
    from kit.cli.traces.scope import short, table_lines

    rows = [
        (
            format_moment(int(table.start_ns[it.row])).removesuffix(" UTC"),
            short(told.took_ns),
            told.service,
            table.name_of(it.row),
            _explained(told.explained_by),
            told.link or told.trace_id,
        )
        for told, it in zip(answer.slowest, found, strict=True)
    ]
    last = "link" if any(it.link for it in answer.slowest) else "trace id"
    heads = ("start (UTC)", "took", "service", "endpoint", "explained by", last)
    yield from table_lines(heads, rows, names=(0, 2, 3, 4, 5), whole=(5,))
    if not found:
        say(f"no call of an endpoint in {where} matches")
    if answer.why is not None:
        yield from _why_lines(answer.why)


def _explained(it: ExplainedBy | None) -> str:
    from kit.cli.traces.scope import short

    if it is None:
        return "-"
    what = f"(waiting in {it.operation})" if it.kind == "queue_wait" else f"{it.service}: {it.operation}"
    times = f" ×{it.spans}" if it.spans > 1 else ""
    return f"{100 * it.share:.0f}% {what}{times}, {short(it.time_ns)}"


def _why_lines(why: StandingOut) -> Iterator[str]:
    from analysis.standing_out import LEAST_SLOW
    from kit.cli.traces.scope import table_lines

    if why.slow < LEAST_SLOW:
        say(f"too few calls to explain: the slowest tenth has {why.slow}, {LEAST_SLOW} are needed")
        return
    yield ""
    if not why.traits:
        yield f"nothing sets the slowest {why.slow:,} apart from the other {why.others:,}"
        return
    rows = [
        (
            ": ".join(filter(None, (it.span, f"{it.key}={it.value}" if it.key else ""))),
            "attribute" if it.key else "span",
            f"{100 * it.slow_share:.0f}% ({it.slow:,})",
            f"{100 * it.other_share:.0f}% ({it.others:,})",
        )
        for it in why.traits[:15]
    ]
    heads = ("what stands out", "kind", f"of the slowest {why.slow:,}", f"of the other {why.others:,}")
    yield from table_lines(heads, rows, names=(0, 1))
