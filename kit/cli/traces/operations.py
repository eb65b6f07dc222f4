"""`kit traces operations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.operations import OperationTime

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def operations(
    *,
    filters: options.Filters,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Maximum number of rows.")] = 30,
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Show the self time of every operation: all spans of a service by name, database calls and inner steps too.

    Self time is the time that no child span covers (as in Jaeger's UI). Percentiles are of whole durations; a p99 of
    fewer than 100 spans is in parentheses.

    Example: kit traces operations --service coupon-issuer --since 15m
    """
    from analysis.operations import OperationsAnswer, operation_times
    from analysis.percentiles import METHOD
    from analysis.selection import chosen, named
    from analysis.semantics import NEEDED
    from kit.cli.traces.scope import Scope
    from kit.cli.traces.source import told
    from kit.printing import show

    with told():
        reading = Scope(filters, source).read(NEEDED)
    table, query = reading.table, reading.query
    found = operation_times(table, chosen(table, query) & named(table, query.operation))
    answer = OperationsAnswer(METHOD, "jaeger", found, reading.answer())
    show(answer, output, _lines(found[:limit], reading.where))
    if output is Output.TEXT and len(found) > limit:
        say(f"{len(found) - limit} more rows; --limit shows them")


_HEADS = ("service", "operation", "spans", "errors", "p50", "p95", "p99", "self", "total self", "share")


def _lines(found: Sequence[OperationTime], where: str) -> Iterator[str]:
    from kit.cli.traces.scope import p99_cell, short, table_lines

    rows = [
        (
            it.service,
            it.operation,
            f"{it.count:,}",
            f"{it.errors:,}" if it.errors else "-",
            *(
                ("?", "?", "?", "?", "?")
                if it.duration is None
                else (
                    short(it.duration.p50_ns),
                    short(it.duration.p95_ns),
                    p99_cell(it.duration),
                    short(it.self_mean_ns),
                    short(it.self_total_ns),
                )
            ),
            f"{100 * it.self_share:.1f}%",
        )
        for it in found
    ]
    yield from table_lines(_HEADS, rows, names=(0, 1))
    if not found:
        say(f"no span in {where} matches")
