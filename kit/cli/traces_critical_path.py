"""`kit traces critical-path`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from analysis.critical_path.path import Rule
from kit.cli import traces_options as options
from kit.terminal import Output, answer, data, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.columns.table import SpanTable
    from analysis.critical_path.path import Path as CriticalPath
    from analysis.critical_path.totals import Totals
    from kit.cli.traces_scope import Scope
    from kit.cli.traces_source import Reading


def critical_path(
    trace_id: str = typer.Argument(
        "", metavar="[TRACE_ID]", help="One trace; else all that match, added up."
    ),
    rule: Rule = typer.Option(
        Rule.QUEUES,
        "--rule",
        help="queues: Jaeger's rule, through the queues to the last consumer. jaeger: as Jaeger's UI shows it. "
        "crisp: as Uber's CRISP defines it.",
    ),
    service: str = options.SERVICE,
    operation: str = options.OPERATION,
    attribute: list[str] = options.ATTRIBUTE,
    since: str = options.SINCE,
    until: str = options.UNTIL,
    limit: int = typer.Option(30, "--limit", min=1, help="How many rows to list."),
    objective: list[str] = typer.Option(
        [],
        "--objective",
        metavar="OBJECTIVE",
        help='What part of the requests\' time something may take, as "coupon-issuer:INSERT coupons:share<20%", or '
        'the mean a request, as "coupon-issuer:time<50ms"; of queue waits "*:wait_share<30%" or '
        '"coupon-issuer:coupon.requests:wait_time<50ms". May be repeated.',
    ),
    fail_on: options.FailOn | None = options.FAIL_ON,
    jaeger: str = options.JAEGER,
    from_: list[Path] = options.FROM,
    more_files: list[Path] | None = options.MORE_FILES,
    output: Output = options.OUTPUT,
) -> None:
    """Where the time of requests goes, along the spans that the end had to wait for; queue waits count of themselves.

    Of many requests: exclusive time on the critical path by service and operation. Of one trace: its sections in
    time. A request counts when one of its spans matches; in link mode it is all traces that link to each other.

    Example: kit traces critical-path --operation "POST /campaigns/{campaign_id}/coupons" --since 15m

    In CI: kit traces critical-path --objective "*:wait_share<30%" --fail-on objective
    """
    from analysis.critical_path.judging import judged
    from analysis.critical_path.rules import paths
    from analysis.critical_path.totals import totals
    from analysis.objectives import OF_PATHS
    from kit.cli.traces_scope import Scope, leave_if_missed, objectives_of, plain_verdict, tell_verdicts
    from kit.cli.traces_source import named_files, told

    # `--from *.json` spreads out: the second file lands where an id is expected.
    is_file = bool(from_) and bool(trace_id) and not set(trace_id.lower()) <= set("0123456789abcdef")
    files = named_files(from_, [*([Path(trace_id)] if is_file else []), *(more_files or [])])
    trace_id = "" if is_file else trace_id.strip()
    scope = Scope(service, operation, attribute, since, until, jaeger, files)
    if trace_id and (objective or fail_on):
        raise typer.BadParameter("objectives are of many requests, not of one trace: leave the id out")
    with told():
        objectives = objectives_of(objective, OF_PATHS)
        reading, matching = _one(trace_id, scope) if trace_id else _many(scope, rule)
    found = paths(reading.table, rule, matching)
    if trace_id:
        _show_one(trace_id, reading, list(found), rule, output)
        return
    added = totals(reading.table, found)
    verdicts = judged(reading.table, added, objectives)
    if output is Output.JSON:
        answer(
            "traces.critical_path",
            rule=rule.value,
            requests=added.requests,
            total_ns=added.total_ns,
            parts=[_plain_part(part, added) for part in added.parts],
            missing_links=reading.table.missing_links,
            objectives=[plain_verdict(verdict) for verdict in verdicts],
            coverage=reading.plain(),
        )
    else:
        _show_many(added, limit)
        if not added.requests:
            say(f"no trace in {reading.where} matches")
    tell_verdicts(verdicts, [""] * len(verdicts))
    if fail_on is options.FailOn.OBJECTIVE:
        leave_if_missed(verdicts, "*:wait_share<30%")


def _many(scope: Scope, rule: Rule) -> tuple[Reading, NDArray[np.bool_]]:
    from analysis.critical_path.rules import NEEDED
    from analysis.selection import chosen, named
    from analysis.semantics import NEEDED as FOR_NAMES

    is_filtered = bool(scope.service or scope.operation or scope.attribute)
    reading = scope.read((*NEEDED, *FOR_NAMES), whole=is_filtered and rule is Rule.QUEUES)
    query, table = reading.query, reading.table
    return reading, chosen(table, query) & named(table, query.operation)


def _one(trace_id: str, scope: Scope) -> tuple[Reading, NDArray[np.bool_]]:
    """The spans of one trace and of those linked to it, and which of them are the trace's own."""
    import numpy as np

    from analysis.columns.building import table_of
    from analysis.critical_path.rules import NEEDED
    from analysis.errors import AmbiguousTraceIdError, TraceNotFoundError
    from analysis.linked import with_linked
    from analysis.search import Query
    from kit.cli.traces_source import Reading, opened

    if scope.files:
        reading = scope.read(NEEDED)
        ids = reading.table.trace_ids
        own = {number for number, one in enumerate(ids) if one.startswith(trace_id.lower())}
        own &= set(reading.table.trace.tolist())
        if len(own) > 1:
            raise AmbiguousTraceIdError(trace_id, sorted(ids[number] for number in own), reading.where)
        if not own:
            raise TraceNotFoundError(trace_id, reading.where, hint="`kit traces search` lists them")
        return reading, np.isin(reading.table.trace, list(own))
    with opened(scope.jaeger, []) as source:
        trace = source.trace(trace_id)
        found = with_linked(trace, source)
        table = table_of((span for one in found.traces for span in one.spans), NEEDED)
        reading = Reading(table, Query(), source.where, scope.jaeger, None)
    if found.missing:
        say(f"linked to, but not there (not yet, or expired): {', '.join(found.missing)}")
    if found.more or found.unsure:
        say("there may be more linked traces than were found")
    return reading, table.trace == table.trace_ids.index(trace.trace_id)


def _show_many(added: Totals, limit: int) -> None:
    from kit.cli.traces_scope import print_table, short

    rows = [
        (
            part.service,
            f"(waiting in {part.operation})" if part.is_wait else part.operation,
            f"{100 * part.share:.1f}%",
            short(part.total_ns),
            f"{part.requests:,}",
            short(part.total_ns / max(1, added.requests)),
            short(part.worst_ns),
            part.worst_trace_id,
        )
        for part in added.parts[:limit]
    ]
    heads = ("service", "operation", "share", "total", "requests", "per request", "most", "of trace")
    print_table(heads, rows, names=(0, 1, 7), whole=(7,))
    if len(added.parts) > limit:
        say(f"{len(added.parts) - limit} more rows; --limit shows them")
    if added.requests:
        say(f"{added.requests:,} requests, {short(added.total_ns)} in all")


def _show_one(trace_id: str, reading: Reading, found: list[CriticalPath], rule: Rule, output: Output) -> None:
    table = reading.table
    if output is Output.JSON:
        answer(
            "traces.critical_path.trace",
            rule=rule.value,
            trace_id=trace_id,
            paths=[_plain_path(table, path) for path in found],
            missing_links=table.missing_links,
        )
        return
    from analysis.critical_path.totals import queue_name
    from kit.cli.traces_scope import print_table, short

    for path in found:
        start = path.sections[-1].start_ns if path.sections else 0
        rows = []
        for section in reversed(path.sections):
            share = 100 * section.duration_ns / max(1, path.total_ns)
            name = table.name_of(section.row)
            rows.append(
                (
                    f"+{short(section.start_ns - start)}",
                    short(section.duration_ns),
                    f"{share:.1f}%",
                    table.service_of(section.row),
                    f"(waiting in {queue_name(table, section.row)})" if section.is_wait else name,
                    table.span_id_of(section.row),
                )
            )
        print_table(
            ("from", "took", "share", "service", "span", "span id"), rows, names=(3, 4, 5), whole=(5,)
        )
        data("")
        data(f"{short(path.total_ns)} on the critical path, by the rule {rule}")


def _plain_part(part: Any, added: Totals) -> dict[str, Any]:
    return {
        "service": part.service,
        "operation": part.operation,
        "kind": "queue_wait" if part.is_wait else "span",
        "total_ns": part.total_ns,
        "share": part.share,
        "requests": part.requests,
        "mean_per_request_ns": round(part.total_ns / max(1, added.requests)),
        "worst_ns": part.worst_ns,
        "worst_trace_id": part.worst_trace_id,
    }


def _plain_path(table: SpanTable, path: CriticalPath) -> dict[str, Any]:
    return {
        "root": {"trace_id": table.trace_id_of(path.root), "span_id": table.span_id_of(path.root)},
        "total_ns": path.total_ns,
        "sections": [
            {
                "kind": "queue_wait" if it.is_wait else "span",
                "trace_id": table.trace_id_of(it.row),
                "span_id": table.span_id_of(it.row),
                "service": table.service_of(it.row),
                "name": table.name_of(it.row),
                "start_unix_nano": str(it.start_ns),
                "duration_ns": it.duration_ns,
            }
            for it in reversed(path.sections)
        ],
        "exclusive_ns": {table.span_id_of(row): time for row, time in path.exclusive_ns.items()},
    }
