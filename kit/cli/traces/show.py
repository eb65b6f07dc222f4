"""`kit traces show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, coloured, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.linked import LinkedTraces
    from analysis.model import Trace
    from analysis.search import TraceSource

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_WIDEST = 160
_MOST_ROWS = 200


@app.command()
@takes_groups
def show(
    *,
    trace_id: Annotated[
        str, typer.Argument(metavar="TRACE_ID", help="The trace id; for files, its first digits are enough.")
    ],
    source: options.Source,
    width: Annotated[
        int | None,
        typer.Option(
            "--width", min=60, metavar="COLUMNS", help="Width of the drawing (default: the terminal's)."
        ),
    ] = None,
    ascii_only: options.Ascii = False,
    all_: Annotated[bool, typer.Option("--all", help="Draw every span, without a limit.")] = False,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Draw one trace as a tree beside a waterfall, with the traces its spans link to.

    Example: kit traces show 5b8efff798038103d269b633813fc60c
    """
    from analysis.search import Query
    from analysis.whole_trace import ShowAnswer, with_all_spans
    from kit import printing
    from kit.cli.traces.source import opened, read_by, told

    with told(), opened(source) as traces:
        trace = traces.trace(trace_id.strip())
        found = _with_linked(trace, traces)
        is_complete = not (found.more or found.unsure)
        coverage = read_by(traces, Query(), complete=is_complete, strict=source.strict)
    answer = ShowAnswer(
        trace_id=trace.trace_id,
        traces=with_all_spans(found.traces),
        missing_linked=found.missing,
        complete=is_complete,
        coverage=coverage,
    )
    most_rows = None if all_ else _MOST_ROWS
    printing.show(answer, output, _lines(found.traces, width, ascii_only=ascii_only, most_rows=most_rows))
    _tell_what_is_not_linked(found)


def _lines(
    traces: Sequence[Trace], width: int | None, *, ascii_only: bool, most_rows: int | None
) -> Iterator[str]:
    import sys

    from analysis.tree import draw
    from kit.cli.traces.source import takes_unicode

    yield from draw(
        traces,
        width=width or _terminal_width(),
        colour=coloured(sys.stdout),
        ascii_only=ascii_only or not takes_unicode(sys.stdout),
        max_rows=most_rows,
    )
    if most_rows and sum(len(one.spans) for one in traces) > most_rows:
        say("not all spans are drawn (--all draws all)")


def _with_linked(trace: Trace, source: TraceSource) -> LinkedTraces:
    """Return a trace with its linked traces, or alone if those cannot be read."""
    from analysis.errors import AnalysisError
    from analysis.linked import LinkedTraces, with_linked

    try:
        return with_linked(trace, source)
    except AnalysisError as error:
        say(f"linked traces could not be searched: {error.message}")
        return LinkedTraces([trace])


def _tell_what_is_not_linked(found: LinkedTraces) -> None:
    if found.missing:
        say(f"linked traces not found (not stored yet, or expired): {', '.join(found.missing)}")
    if found.unsure:
        say(f"consumers of {', '.join(found.unsure)} may be missing: there were too many to search")
    if found.more:
        say(f"only {len(found.traces) - 1} linked traces are shown, there are more")


def _terminal_width() -> int:
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
