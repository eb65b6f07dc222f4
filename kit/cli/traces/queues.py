"""`kit traces queues`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.queues import Queue

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class FailOn(StrEnum):
    """Results that make the exit code 1."""

    OBJECTIVE = "objective"
    DEAD_LETTERS = "dead-letters"


@app.command()
@takes_groups
def queues(
    *,
    filters: options.Filters,
    objective: options.Objectives = None,
    fail_on: Annotated[
        list[FailOn] | None,
        typer.Option(
            "--fail-on",
            help="objective: exit with 1 if one on a wait is missed, 5 if it cannot be judged. dead-letters: exit "
            "with 1 if a message was given up. May be repeated.",
        ),
    ] = None,
    redis: options.Redis = "",
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Show whether consumers or the wait before them are slow: queues and consumer groups, sorted by total wait.

    retries: deliveries after the first. have: consumers seen. max/s: messages a second that they can process. busy:
    share of time in which they were processing. need: consumers for 80 % busy, and for each objective on the wait such
    as "coupon-issuer:wait_p99<500ms"; the formula is below the table. backlog: unread + pending entries now, from
    Redis. A p99 of fewer than 100 messages is in parentheses.

    Example: kit traces queues --since 15m --objective "coupon-issuer:wait_p95<500ms" --fail-on objective
    """
    from analysis.endpoints import window_of
    from analysis.objectives import unmatched
    from analysis.percentiles import METHOD
    from analysis.queues import NEEDED, QueuesAnswer, process_rows
    from analysis.queues import queues as measured
    from analysis.search import Query
    from analysis.selection import chosen, named
    from analysis.semantics import NEEDED as FOR_NAMES
    from kit.cli.traces.backlog import with_backlog
    from kit.cli.traces.scope import Scope, leave_if_missed, objectives_of, tell_verdicts
    from kit.cli.traces.source import told
    from kit.printing import show

    with told():
        objectives = objectives_of(objective)
        # Producers' spans belong to other services.
        is_filtered = bool(filters.service or filters.operation or filters.attribute)
        reading = Scope(filters, source).read((*NEEDED, *FOR_NAMES), whole=is_filtered)
    query, table = reading.query, reading.table
    rows = process_rows(table, chosen(table, query) & named(table, query.operation))
    first, last = window_of(table, rows)
    start = first if query.start_ns is None else query.start_ns
    end = last if query.end_ns is None else query.end_ns
    sent_within = chosen(table, Query(start_ns=query.start_ns, end_ns=query.end_ns))
    found = with_backlog(
        measured(table, rows, sent_within, window_ns=end - start, objectives=objectives),
        redis,
        source.spec,
        is_asked=bool(redis) or reading.coverage is not None,
    )
    verdicts = [(f"{it.service}: {it.queue}", verdict) for it in found for verdict in it.objectives]
    waits = [it for it in objectives if it.measure.is_wait]
    verdicts += [("", verdict) for verdict in unmatched(waits, [verdict for _, verdict in verdicts])]
    answer = QueuesAnswer(
        window_ns=end - start,
        percentile_method=METHOD,
        queues=found,
        objectives=[verdict for _, verdict in verdicts],
        coverage=reading.answer(),
    )
    show(answer, output, _lines(found, reading.where))
    tell_verdicts(verdicts)
    if FailOn.DEAD_LETTERS in (fail_on or ()) and any(it.dead for it in found):
        raise typer.Exit(1)
    if FailOn.OBJECTIVE in (fail_on or ()):
        leave_if_missed(answer.objectives)


_HEADS = (
    *("queue", "group", "messages", "wait p50", "p95", "p99", "work p50", "p95", "batch", "retries", "dead"),
    *("sent/s", "max/s", "busy", "have", "need", "backlog"),
)


def _lines(found: Sequence[Queue], where: str) -> Iterator[str]:
    from analysis.objectives import Outcome
    from kit.cli.traces.scope import p99_cell, short, table_lines

    rows = [
        (
            it.queue,
            it.group or it.service,
            f"{it.messages:,}",
            *(
                ("-", "-", "-")
                if it.wait is None
                else (short(it.wait.p50_ns), short(it.wait.p95_ns), p99_cell(it.wait))
            ),
            *(
                ("?", "?")
                if it.processing is None
                else (short(it.processing.p50_ns), short(it.processing.p95_ns))
            ),
            f"{it.batch_mean:.3g}",
            _count(it.redelivered),
            _count(sum(it.dead.values())),
            _rate(it.arrival_rate_per_s),
            _rate(it.service_rate_per_s),
            "-" if it.utilisation is None else f"{100 * it.utilisation:.0f}%",
            str(it.consumers),
            str(it.consumers_needed[0].consumers) if it.consumers_needed else "-",
            "-" if it.backlog is None else f"{it.backlog.unread:,}+{it.backlog.pending:,}",
        )
        for it in found
    ]
    bad = {
        number
        for number, it in enumerate(found)
        if it.dead or any(verdict.outcome is Outcome.MISSED for verdict in it.objectives)
    }
    yield from table_lines(_HEADS, rows, names=(0, 1), marked=bad)
    for it in found:
        yield from _needs(it)
        for reason, count in it.dead.items():
            yield f"{it.queue}: {count:,} given up as {reason}"
    if not found:
        say(f"no processed message in {where} matches")


def _needs(it: Queue) -> Iterator[str]:
    from kit.cli.traces.scope import short

    if it.arrival_rate_per_s is None:
        return
    load = it.arrival_rate_per_s * it.service_time_ns / 1e9
    given = f"A = {it.arrival_rate_per_s:.4g}/s, S = {short(it.service_time_ns)}, A*S = {load:.3g}"
    formulas = ["c = ceil(A*S / 0.8)"] + ["least c with C(c, A*S) * exp(-(c/S - A)*T) <= 1 - q"] * len(
        it.consumers_needed[1:]
    )
    for need, formula in zip(it.consumers_needed, formulas, strict=True):
        count = "no number of" if need.consumers is None else need.consumers
        yield f"{it.queue}: {count} consumers for {need.for_} ({given}; {formula})"


def _count(number: int) -> str:
    return f"{number:,}" if number else "-"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:,.3g}" if rate < 1000 else f"{rate:,.0f}"
