"""`kit traces queues`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kit.cli import traces_options as options
from kit.terminal import Output, answer, data, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.queues import Queue
    from kit.operate.queues.look import Stream


class FailOn(StrEnum):
    """What makes the exit code 1."""

    OBJECTIVE = "objective"
    DEAD_LETTERS = "dead-letters"


def queues(
    service: str = options.SERVICE,
    operation: str = options.OPERATION,
    attribute: list[str] = options.ATTRIBUTE,
    since: str = options.SINCE,
    until: str = options.UNTIL,
    objective: list[str] = options.OBJECTIVE,
    fail_on: list[FailOn] = typer.Option(
        [],
        "--fail-on",
        help="objective: exit 1 when one on a wait is missed, 5 when it cannot be judged. dead-letters: exit 1 when "
        "a message was given up. May be repeated.",
    ),
    redis: str = options.REDIS,
    jaeger: str = options.JAEGER,
    from_: list[Path] = options.FROM,
    more_files: list[Path] | None = options.MORE_FILES,
    output: Output = options.OUTPUT,
) -> None:
    """Is it the consumer or the wait before it: each queue and consumer group, by how long messages waited in all.

    busy: share of their time that the consumers seen were processing. need: consumers for 80 % of that, and for each
    objective on the wait, as "coupon-issuer:wait_p99<500ms"; the formula is printed below. backlog: not taken up now,
    from Redis. A p99 of fewer than 100 messages is in parentheses.

    Example: kit traces queues --since 15m --objective "coupon-issuer:wait_p95<500ms" --fail-on objective
    """
    from analysis.endpoints import window_of
    from analysis.objectives import unmatched
    from analysis.queues import NEEDED, process_rows
    from analysis.queues import queues as measured
    from analysis.search import Query
    from analysis.selection import chosen, named
    from analysis.semantics import NEEDED as FOR_NAMES
    from kit.cli.traces_backlog import backlog
    from kit.cli.traces_scope import (
        Scope,
        leave_if_missed,
        objectives_of,
        plain_verdict,
        tell_verdicts,
    )
    from kit.cli.traces_source import named_files, told

    scope = Scope(service, operation, attribute, since, until, jaeger, named_files(from_, more_files))
    with told():
        objectives = objectives_of(objective)
        # Producers are other services' spans.
        reading = scope.read((*NEEDED, *FOR_NAMES), whole=bool(service or operation or attribute))
    query, table = reading.query, reading.table
    rows = process_rows(table, chosen(table, query) & named(table, query.operation))
    first, last = window_of(table, rows)
    start = first if query.start_ns is None else query.start_ns
    end = last if query.end_ns is None else query.end_ns
    sent_within = chosen(table, Query(start_ns=query.start_ns, end_ns=query.end_ns))
    found = measured(table, rows, sent_within, window_ns=end - start, objectives=objectives)
    streams = backlog(redis, is_asked=bool(redis) or reading.coverage is not None)
    verdicts = [(f"{it.service}: {it.name}", verdict) for it in found for verdict in it.verdicts]
    waits = [it for it in objectives if it.measure.is_wait]
    verdicts += [("", verdict) for verdict in unmatched(waits, [verdict for _, verdict in verdicts])]
    if output is Output.JSON:
        from analysis.percentiles import METHOD

        answer(
            "traces.queues",
            window_ns=end - start,
            percentile_method=METHOD,
            queues=[_plain(it, streams) for it in found],
            objectives=[plain_verdict(verdict) for _, verdict in verdicts],
            coverage=reading.plain(),
        )
    else:
        _show(found, streams)
        if not found:
            say(f"no message's processing in {reading.where} matches")
    tell_verdicts([verdict for _, verdict in verdicts], [name for name, _ in verdicts])
    if FailOn.DEAD_LETTERS in fail_on and any(it.dead for it in found):
        raise typer.Exit(1)
    if FailOn.OBJECTIVE in fail_on:
        leave_if_missed([verdict for _, verdict in verdicts])


_HEADS = (
    *("queue", "group", "messages", "wait p50", "p95", "p99", "work p50", "p95", "batch", "again", "dead"),
    *("sent/s", "can/s", "busy", "have", "need", "backlog"),
)


def _show(found: list[Queue], streams: Sequence[Stream] | None) -> None:
    from analysis.objectives import Outcome
    from kit.cli.traces_backlog import waiting_in
    from kit.cli.traces_scope import p99_cell, print_table, short

    rows = []
    for it in found:
        waiting = waiting_in(it, streams)
        rows.append(
            (
                it.name,
                it.group or it.service,
                f"{it.messages:,}",
                *(
                    ("-", "-", "-")
                    if it.wait is None
                    else (short(it.wait.p50), short(it.wait.p95), p99_cell(it.wait))
                ),
                short(it.processing.p50),
                short(it.processing.p95),
                f"{it.batch_mean:.3g}",
                _count(it.redelivered),
                _count(sum(it.dead.values())),
                _rate(it.arrival_rate),
                _rate(it.service_rate),
                "-" if it.utilisation is None else f"{100 * it.utilisation:.0f}%",
                str(it.consumers),
                str(it.needed[0].count) if it.needed else "-",
                "-" if waiting is None else f"{waiting[0]:,}+{waiting[1]:,}",
            )
        )
    bad = {
        number
        for number, it in enumerate(found)
        if it.dead or any(verdict.outcome is Outcome.MISSED for verdict in it.verdicts)
    }
    print_table(_HEADS, rows, names=(0, 1), marked=bad)
    for it in found:
        _show_needs(it)
        for reason, count in it.dead.items():
            data(f"{it.name}: {count:,} given up as {reason}")


def _show_needs(it: Queue) -> None:
    from kit.cli.traces_scope import short

    if it.arrival_rate is None:
        return
    load = it.arrival_rate * it.service_time_ns / 1e9
    given = f"A = {it.arrival_rate:.4g}/s, S = {short(it.service_time_ns)}, A*S = {load:.3g}"
    formulas = ["c = ceil(A*S / 0.8)"] + ["least c with C(c, A*S) * exp(-(c/S - A)*T) <= 1 - q"] * len(
        it.needed[1:]
    )
    for need, formula in zip(it.needed, formulas, strict=True):
        count = "no number" if need.count is None else need.count
        data(f"{it.name}: {count} consumers for {need.for_what} ({given}; {formula})")


def _count(number: int) -> str:
    return f"{number:,}" if number else "-"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:,.3g}" if rate < 1000 else f"{rate:,.0f}"


def _plain(it: Queue, streams: Sequence[Stream] | None) -> dict[str, Any]:
    from kit.cli.traces_backlog import waiting_in
    from kit.cli.traces_scope import plain_percentiles, plain_verdict

    waiting = waiting_in(it, streams)
    return {
        "queue": it.name,
        "group": it.group or None,
        "service": it.service,
        "messages": it.messages,
        "errors": it.errors,
        "wait": plain_percentiles(it.wait),
        "processing": plain_percentiles(it.processing),
        "batch_mean": it.batch_mean,
        "redelivered": it.redelivered,
        "dead": it.dead,
        "sent": it.arrivals,
        "arrival_rate_per_s": it.arrival_rate,
        "service_rate_per_s": it.service_rate,
        "service_time_ns": round(it.service_time_ns),
        "utilisation": it.utilisation,
        "consumers": it.consumers,
        "consumers_needed": [{"for": need.for_what, "consumers": need.count} for need in it.needed],
        "backlog": None if waiting is None else {"unread": waiting[0], "pending": waiting[1]},
        "objectives": [plain_verdict(verdict) for verdict in it.verdicts],
    }
