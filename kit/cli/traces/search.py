"""`kit traces search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, coloured, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.search import Query, SearchResult, TraceSource
    from analysis.summary import SearchAnswer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def search(
    *,
    service: Annotated[str, typer.Option("--service", help="A span of this service (default: any).")] = "",
    operation: Annotated[str, typer.Option("--operation", help="A span of this name.")] = "",
    attribute: options.Attribute = None,
    min_duration: Annotated[
        str, typer.Option("--min-duration", help="A span that takes at least this long, such as 400ms.")
    ] = "",
    max_duration: Annotated[
        str, typer.Option("--max-duration", help="A span that takes at most this long, such as 2s.")
    ] = "",
    since: options.Since = "",
    until: options.Until = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Maximum number of traces.")] = 20,
    source: options.Source,
    ascii_only: options.Ascii = False,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """List traces, newest first. One span of a trace must meet all conditions.

    Example: kit traces search --service coupon-api --min-duration 400ms --since 15m
    """
    from analysis.summary import SearchAnswer, summary_of
    from kit.cli.traces.scope import query_of_window
    from kit.cli.traces.source import opened, read_by, told
    from kit.printing import show

    with told():
        query = query_of_window(
            attribute,
            since,
            until,
            is_file=bool(source.files),
            service=service,
            operation=operation,
            min_duration=min_duration,
            max_duration=max_duration,
            limit=limit,
        )
        with opened(source) as traces:
            result = found_of(traces, query)
            where = traces.where
            coverage = read_by(traces, query, complete=not result.incomplete, strict=source.strict)
    answer = SearchAnswer(
        traces=[summary_of(trace) for trace in result.traces],
        found=result.found,
        complete=not result.incomplete,
        incomplete_services=list(result.incomplete),
        coverage=coverage,
    )
    show(answer, output, _lines(answer, ascii_only=ascii_only))
    _tell_what_is_missing(result, query, where, since, has_files=bool(source.files))


def found_of(source: TraceSource, query: Query) -> SearchResult:
    """Search; if Jaeger stops before it found enough traces, read the window slice by slice.

    Args:
        source: Source to search.
        query: Query with a start and an end, unless files are searched.

    Raises:
        AnalysisError: The source fails.
    """
    from analysis.errors import JaegerSlowError
    from analysis.gathering import TRACES_A_SLICE, gather
    from analysis.model import newest_first
    from analysis.search import SearchResult

    try:
        result = source.search(query)
    except JaegerSlowError:
        # Jaeger may answer in time if it has to return fewer traces.
        a_slice = max(1, query.limit // 4)
        result = SearchResult([], 0, (query.service,) if query.service else tuple(source.services()))
    else:
        a_slice = TRACES_A_SLICE
        if not result.incomplete or result.found >= query.limit:
            return result
    found, coverage = gather(source, query, most_traces=query.limit, a_slice=a_slice)
    newest = newest_first({trace.trace_id: trace for trace in [*found, *result.traces]}.values())
    missing = () if coverage.is_complete else result.incomplete
    return SearchResult(newest[: query.limit], len(newest), missing)


def _lines(answer: SearchAnswer, *, ascii_only: bool) -> Iterator[str]:
    import sys

    from analysis.summary import table
    from kit.cli.traces.source import takes_unicode
    from kit.cli.traces.width import answer_width

    yield from table(
        answer.traces,
        width=answer_width(),
        colour=coloured(sys.stdout),
        ascii_only=ascii_only or not takes_unicode(sys.stdout),
    )


def since_words(since: str) -> str:
    """Return words for the window that starts at `--since`, a duration or a moment."""
    from analysis.durations import parse_duration
    from analysis.errors import QuestionError

    since = since or options.DEFAULT_SINCE
    try:
        parse_duration(since, what="--since")
    except QuestionError:
        return f"since {since}"
    return f"of the last {since}"


def _tell_what_is_missing(
    result: SearchResult, query: Query, where: str, since: str, *, has_files: bool
) -> None:
    if not result.traces:
        span = f" {since_words(since)}" if since or not has_files else ""
        wider = "" if has_files and not since else "; --since looks further back"
        say(f"no trace{span} in {where} matches{wider}")
    if result.found > len(result.traces):
        say(f"the newest {len(result.traces)} of {result.found} traces found (--limit lists more)")
    if result.incomplete:
        services = ", ".join(result.incomplete)
        say(
            f"more traces may match: Jaeger's search of {services} stopped at its limit, "
            "so newer traces may be missing\n"
            "  next: use a higher --limit, a shorter --since, or more conditions"
            + ("" if query.service else ", such as --service")
        )
