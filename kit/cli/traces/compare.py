"""`kit traces compare`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, coloured, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.compare.answer import SideRead
    from analysis.compare.comparing import TracesCompared
    from kit.cli.traces.whole import TableWindow

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class FailOn(StrEnum):
    """Results that make the exit code of a comparison 1."""

    SLOWER = "slower"
    ERRORS = "errors"


@app.command()
@takes_groups
def compare(
    *,
    before: Annotated[
        str, typer.Argument(metavar="A", help="Before: a snapshot, a file, or a range of time.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="After: the same forms.")],
    filters: options.TraceFilters,
    threshold: options.Threshold,
    fail_on: Annotated[
        list[FailOn], typer.Option("--fail-on", help="Result that makes the exit code 1. May be repeated.")
    ] = [FailOn.SLOWER, FailOn.ERRORS],  # noqa: B006
    source: options.JaegerSource,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Compare endpoints, queues and operations of B with those of A, and separate changes from chance.

    A and B are names of snapshots, files, or ranges such as 14:00..14:10, 20m..10m or 10m..now (UTC). Exit code 1 if
    an endpoint or a queue is slower or fails more, 5 if there is too little data.

    Example: kit traces compare before-cache 10m..now
    """
    from analysis.compare.answer import SidesRead, compare_answer
    from analysis.compare.comparing import compare as compared
    from kit.cli.traces.sides import side, threshold_of
    from kit.cli.traces.source import told
    from kit.printing import show

    with told():
        least = threshold_of(threshold)
        a, b = (side(text, filters, source) for text in (before, after))
    found = compared(a.table, b.table, threshold=least, windows_s=(a.seconds, b.seconds))
    answer = compare_answer(found, SidesRead(_read(before, a), _read(after, b)))
    show(answer, output, _lines(found, [(before, a), (after, b)]))
    _leave(found, set(fail_on))


def _read(name: str, side: TableWindow) -> SideRead:
    from analysis.compare.answer import SideRead

    return SideRead(name=name, **side.read())


def _lines(found: TracesCompared, sides: list[tuple[str, TableWindow]]) -> Iterator[str]:
    import sys

    from analysis.compare.text import lines
    from analysis.moments import format_moment
    from kit.cli.traces.source import takes_unicode
    from kit.cli.traces.width import answer_width

    for letter, (name, side) in zip("AB", sides, strict=True):
        window = f"{format_moment(side.start_ns)} to {format_moment(side.end_ns)}"
        say(f"{letter}: {name}, {side.traces:,} traces, {window}" + ("" if side.is_complete else ", not all"))
    yield from lines(
        found,
        width=answer_width(),
        colour=coloured(sys.stdout),
        ascii_only=not takes_unicode(sys.stdout),
    )


def _leave(report: TracesCompared, fail_on: set[FailOn]) -> None:
    from analysis.compare.judge import LEAST_COUNT, LEAST_EFFECTIVE, Errors, Verdict
    from kit.errors import NotEnoughDataError

    slower = report.verdict is Verdict.SLOWER and FailOn.SLOWER in fail_on
    if slower or (report.errors is Errors.MORE and FailOn.ERRORS in fail_on):
        raise typer.Exit(1)
    if report.verdict is Verdict.NOT_ENOUGH_DATA:
        raise NotEnoughDataError(
            f"no endpoint and no queue has at least {LEAST_COUNT} requests on both sides that are worth "
            f"{LEAST_EFFECTIVE:g} independent ones",
            hint="use a longer window, or more load",
        )
