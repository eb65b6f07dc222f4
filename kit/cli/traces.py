"""`kit traces`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kit.cli.traces_compare import compare, snapshot
from kit.cli.traces_critical_path import critical_path
from kit.cli.traces_endpoints import endpoints
from kit.cli.traces_lint import lint
from kit.cli.traces_options import ASCII as _ASCII
from kit.cli.traces_options import ATTRIBUTE, DEFAULT_SINCE, SINCE, UNTIL
from kit.cli.traces_options import FROM as _FROM
from kit.cli.traces_options import JAEGER as _JAEGER
from kit.cli.traces_options import MORE_FILES as _MORE_FILES
from kit.cli.traces_options import OUTPUT as _OUTPUT
from kit.cli.traces_queues import queues
from kit.cli.traces_report import report
from kit.cli.traces_slowest import slowest
from kit.cli.traces_source import named_files as _files
from kit.cli.traces_source import opened as _source
from kit.cli.traces_source import takes_unicode as _takes_unicode
from kit.cli.traces_source import told as _told
from kit.terminal import Output, answer, coloured, data, say

if TYPE_CHECKING:
    from analysis.linked import LinkedTraces
    from analysis.model import Trace
    from analysis.search import Query, SearchResult, TraceSource

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)

_WIDEST = 160


@app.callback()
def traces() -> None:
    """Find traces, look at one, and ask which endpoint, which hop, which queue is slow."""


@app.command(short_help="List traces, newest first.")
def search(
    service: str = typer.Option("", "--service", help="A span of this service; else of any."),
    operation: str = typer.Option("", "--operation", help="A span of this name."),
    attribute: list[str] = ATTRIBUTE,
    min_duration: str = typer.Option(
        "", "--min-duration", help="A span that takes at least this long, as 400ms."
    ),
    max_duration: str = typer.Option(
        "", "--max-duration", help="A span that takes at most this long, as 2s."
    ),
    since: str = SINCE,
    until: str = UNTIL,
    limit: int = typer.Option(20, "--limit", min=1, help="How many traces to list, the newest first."),
    jaeger: str = _JAEGER,
    from_: list[Path] = _FROM,
    more_files: list[Path] | None = _MORE_FILES,
    ascii_only: bool = _ASCII,
    output: Output = _OUTPUT,
) -> None:
    """List traces, newest first. One span of a trace must meet all that is asked.

    Example: kit traces search --service coupon-api --min-duration 400ms --since 15m
    """
    import time

    from analysis.question import query_of

    files = _files(from_, more_files)
    with _told():
        query = query_of(
            service=service,
            operation=operation,
            attributes=attribute,
            min_duration=min_duration,
            max_duration=max_duration,
            since=since or ("" if files else DEFAULT_SINCE),
            until=until,
            now_ns=time.time_ns(),
            limit=limit,
        )
        with _source(jaeger, files) as source:
            result = source.search(query)
            where = source.where
    _list(result, output, ascii_only=ascii_only)
    _tell_what_is_missing(result, query, where, since, has_files=bool(files))


@app.command(short_help="Draw one trace as a tree beside a waterfall.")
def show(
    trace_id: str = typer.Argument(metavar="TRACE_ID", help="The id; from files, its first digits will do."),
    jaeger: str = _JAEGER,
    from_: list[Path] = _FROM,
    more_files: list[Path] | None = _MORE_FILES,
    width: int | None = typer.Option(
        None, "--width", min=60, metavar="COLUMNS", help="Draw this wide; else as wide as the terminal."
    ),
    ascii_only: bool = _ASCII,
    all_: bool = typer.Option(False, "--all", help="Draw every span, however many there are."),
    output: Output = _OUTPUT,
) -> None:
    """Draw one trace as a tree beside a waterfall, with the traces its spans link to.

    Example: kit traces show 5b8efff798038103d269b633813fc60c
    """
    import sys

    from analysis.plain_data import plain_traces
    from analysis.tree import draw

    with _told(), _source(jaeger, _files(from_, more_files)) as source:
        trace = source.trace(trace_id.strip())
        found = _with_linked(trace, source)
    if output is Output.JSON:
        answer(
            "traces.show",
            trace_id=trace.trace_id,
            traces=plain_traces(found.traces),
            missing_linked=found.missing,
            complete=not (found.more or found.unsure),
        )
    else:
        for line in draw(
            found.traces,
            width=width or _terminal_width(),
            colour=coloured(sys.stdout),
            ascii_only=ascii_only or not _takes_unicode(sys.stdout),
            max_rows=None if all_ else 200,
        ):
            data(line)
        if not all_ and sum(len(one.spans) for one in found.traces) > 200:
            say("not all spans are drawn: --all draws them")
    _tell_what_is_not_linked(found)


def _list(result: SearchResult, output: Output, *, ascii_only: bool) -> None:
    import shutil
    import sys

    from analysis.plain_data import plain_summary
    from analysis.summary import summary_of, table

    summaries = [summary_of(trace) for trace in result.traces]
    if output is Output.JSON:
        answer(
            "traces.search",
            traces=[plain_summary(summary) for summary in summaries],
            found=result.found,
            complete=not result.incomplete,
            incomplete_services=list(result.incomplete),
        )
        return
    for line in table(
        summaries,
        width=shutil.get_terminal_size().columns if sys.stdout.isatty() else None,
        colour=coloured(sys.stdout),
        ascii_only=ascii_only or not _takes_unicode(sys.stdout),
    ):
        data(line)


def _tell_what_is_missing(
    result: SearchResult, query: Query, where: str, since: str, *, has_files: bool
) -> None:
    if not result.traces:
        span = f" of the last {since or DEFAULT_SINCE}" if since or not has_files else ""
        wider = "" if has_files and not since else "; --since looks further back"
        say(f"no trace{span} in {where} matches{wider}")
    if result.found > len(result.traces):
        say(f"the newest {len(result.traces)} of {result.found} traces found; --limit lists more")
    if result.incomplete:
        services = ", ".join(result.incomplete)
        say(
            f"there may be more that match: Jaeger's search of {services} stopped at its limit, "
            "and what it returns then need not be the newest\n"
            "  next: a higher --limit, a shorter --since, or more conditions"
            + ("" if query.service else ", such as --service")
        )


def _with_linked(trace: Trace, source: TraceSource) -> LinkedTraces:
    """The linked traces are an extra: without them, the trace is shown all the same."""
    from analysis.errors import AnalysisError
    from analysis.linked import LinkedTraces, with_linked

    try:
        return with_linked(trace, source)
    except AnalysisError as error:
        say(f"traces linked to this one could not be looked for: {error.message}")
        return LinkedTraces([trace])


def _tell_what_is_not_linked(found: LinkedTraces) -> None:
    if found.missing:
        say(f"linked to, but not there (not yet, or expired): {', '.join(found.missing)}")
    if found.unsure:
        say(f"consumers of {', '.join(found.unsure)} may be missing: there were too many to look through")
    if found.more:
        say(f"only {len(found.traces) - 1} linked traces are shown, there are more")


def _terminal_width() -> int:
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)


app.command(short_help="Which endpoint costs most, and for whom.")(endpoints)
app.command(short_help="Where the time of requests goes, queues included.")(critical_path)
app.command(short_help="The slowest calls, and what sets them apart.")(slowest)
app.command(short_help="The consumer, or the wait before it?")(queues)
app.command(short_help="Keep the traces of a window under a name.")(snapshot)
app.command(short_help="Did a change help, or is it noise?")(compare)
app.command(short_help="What traces show to be wrong, and what it costs.")(lint)
app.command(short_help="All of these answers on one HTML page.")(report)
