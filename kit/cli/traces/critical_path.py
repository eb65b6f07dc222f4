"""`kit traces critical-path`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.critical_path.path import PathRule
from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from analysis.columns.table import SpanTable
    from analysis.critical_path.answers import PathsAnswer
    from analysis.critical_path.path import Path as CriticalPath
    from kit.cli.traces.scope import Scope
    from kit.cli.traces.source import Reading

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def critical_path(
    *,
    trace_id: Annotated[
        str, typer.Argument(metavar="[TRACE_ID]", help="One trace (default: the sum of all that match).")
    ] = "",
    rule: Annotated[
        PathRule,
        typer.Option(
            "--rule",
            help="queues: Jaeger's rule, through the queues to the last consumer. jaeger: as Jaeger's UI shows it. "
            "crisp: as Uber's CRISP defines it.",
        ),
    ] = PathRule.QUEUES,
    filters: options.Filters,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Maximum number of rows.")] = 30,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            metavar="OBJECTIVE",
            help='Maximum share of the requests\' time, such as "coupon-issuer:INSERT coupons:share<20%", or mean time '
            'per request, such as "coupon-issuer:time<50ms". For queue waits: "*:wait_share<30%" or '
            '"coupon-issuer:coupon.requests:wait_time<50ms". May be repeated.',
        ),
    ] = None,
    fail_on: options.FailOnObjective = None,
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Show where the time of requests goes: spans that determine when a request ends, and queue waits.

    For many requests: exclusive time on the critical path by service and operation. For one trace: its sections in
    time order. A request counts if one of its spans matches. With `propagation: link`, a request is all traces
    that link to each other.

    Example: kit traces critical-path --operation "POST /campaigns/{campaign_id}/coupons" --since 15m

    Example: kit traces critical-path --objective "*:wait_share<30%" --fail-on objective
    """
    from analysis.critical_path.answers import PathsAnswer, TracePathsAnswer, path_sections
    from analysis.critical_path.by_rule import paths
    from analysis.critical_path.judging import judged
    from analysis.critical_path.totals import totals
    from analysis.objectives import OF_PATHS
    from kit.cli.traces.scope import Scope, leave_if_missed, objectives_of, tell_verdicts
    from kit.cli.traces.source import told
    from kit.printing import show

    # A shell expands `--from *.json`: the second file is then parsed as the id.
    if source.from_ and trace_id and not set(trace_id.lower()) <= set("0123456789abcdef"):
        source = replace(source, more_files=[Path(trace_id), *(source.more_files or [])])
        trace_id = ""
    trace_id = trace_id.strip()
    scope = Scope(filters, source)
    if trace_id and (objective or fail_on):
        raise typer.BadParameter("objectives apply to many requests, not to one trace: omit the id")
    with told():
        objectives = objectives_of(objective, OF_PATHS)
        reading, matching = _one(trace_id, scope) if trace_id else _many(scope, rule)
    table = reading.table
    found = paths(table, rule, matching)
    if trace_id:
        own = list(found)
        sections = [path_sections(table, path) for path in own]
        show(
            TracePathsAnswer(rule, trace_id, sections, table.missing_links, reading.answer()),
            output,
            _lines_of_one(table, own, rule),
        )
        return
    added = totals(table, found)
    answer = PathsAnswer(
        rule=rule,
        requests=added.requests,
        total_ns=added.total_ns,
        parts=added.parts,
        missing_links=table.missing_links,
        objectives=judged(table, added, objectives),
        coverage=reading.answer(),
    )
    show(answer, output, _lines(answer, limit, reading.where))
    tell_verdicts(("", verdict) for verdict in answer.objectives)
    if fail_on is options.FailOn.OBJECTIVE:
        leave_if_missed(answer.objectives, "*:wait_share<30%")


def _many(scope: Scope, rule: PathRule) -> tuple[Reading, NDArray[np.bool_]]:
    from analysis.critical_path.by_rule import NEEDED
    from analysis.selection import chosen, named
    from analysis.semantics import NEEDED as FOR_NAMES

    is_filtered = bool(scope.filters.service or scope.filters.operation or scope.filters.attribute)
    reading = scope.read((*NEEDED, *FOR_NAMES), whole=is_filtered and rule is PathRule.QUEUES)
    query, table = reading.query, reading.table
    return reading, chosen(table, query) & named(table, query.operation)


def _one(trace_id: str, scope: Scope) -> tuple[Reading, NDArray[np.bool_]]:
    """Return the spans of a trace and its linked traces, and a mask of the trace's own spans."""
    import numpy as np

    from analysis.columns.building import table_of
    from analysis.critical_path.by_rule import NEEDED
    from analysis.linked import with_linked
    from analysis.search import Query
    from analysis.sources.files import the_one_id
    from kit.cli.traces.source import Reading, opened, tell_left_out

    if scope.source.files:
        reading = scope.read(NEEDED)
        ids = reading.table.trace_ids
        there = {ids[number]: number for number in np.unique(reading.table.trace).tolist()}
        own = there[the_one_id(trace_id, list(there), reading.where)]
        return reading, reading.table.trace == own
    with opened(scope.source) as source:
        trace = source.trace(trace_id)
        found = with_linked(trace, source)
        table = table_of((span for one in found.traces for span in one.spans), NEEDED)
        reading = Reading(table, Query(), source.where, scope.source.jaeger, None, source.left_out)
        tell_left_out(source.left_out, int(table.unfinished.sum()), strict=scope.source.strict)
    if found.missing:
        say(f"linked traces not found (not stored yet, or expired): {', '.join(found.missing)}")
    if found.more or found.unsure:
        say("there may be more linked traces than were found")
    return reading, table.trace == table.trace_ids.index(trace.trace_id)


def _lines(answer: PathsAnswer, limit: int, where: str) -> Iterator[str]:
    from kit.cli.traces.scope import short, table_lines

    rows = [
        (
            part.service,
            f"(waiting in {part.operation})" if part.is_wait else part.operation,
            f"{100 * part.share:.1f}%",
            short(part.total_ns),
            f"{part.requests:,}",
            short(part.mean_per_request_ns),
            short(part.worst_ns),
            part.worst_trace_id,
        )
        for part in answer.parts[:limit]
    ]
    heads = ("service", "operation", "share", "total", "requests", "per request", "max", "slowest trace")
    yield from table_lines(heads, rows, names=(0, 1, 7), whole=(7,))
    if len(answer.parts) > limit:
        say(f"{len(answer.parts) - limit} more rows; --limit shows them")
    if answer.requests:
        say(f"{answer.requests:,} requests, {short(answer.total_ns)} in total")
    else:
        say(f"no trace in {where} matches")


def _lines_of_one(table: SpanTable, found: list[CriticalPath], rule: PathRule) -> Iterator[str]:
    from analysis.critical_path.totals import queue_name
    from kit.cli.traces.scope import short, table_lines

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
        heads = ("from", "took", "share", "service", "span", "span id")
        yield from table_lines(heads, rows, names=(3, 4, 5), whole=(5,))
        yield ""
        yield f"{short(path.total_ns)} on the critical path, by the rule {rule}"
