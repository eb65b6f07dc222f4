"""`kit traces report`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

if TYPE_CHECKING:
    from analysis.compare.judge import Threshold
    from analysis.model import Trace
    from analysis.report.page import About, Compared
    from analysis.search import Query
    from kit.cli.traces.options import Source
    from kit.cli.traces.scope import Scope
    from kit.cli.traces.whole import Window

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def report(
    *,
    file: Annotated[
        Path,
        typer.Option(
            "-o",
            "--file",
            metavar="FILE",
            help="The page to write; an existing file is replaced.",
        ),
    ] = Path("report.html"),
    compare_with: Annotated[
        str,
        typer.Option(
            "--compare-with",
            metavar="BEFORE",
            help="Also compare with earlier traces: a snapshot, a file, or a range of time such as 20m..10m.",
        ),
    ] = "",
    threshold: options.Threshold,
    filters: options.Filters,
    objective: options.Objectives = None,
    redis: options.Redis = "",
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Write one HTML page with all answers: endpoints, latencies, queues, critical path, slowest requests, findings.

    The page needs no network and no other file. Its figures are those of the other verbs. With --from, links to
    Jaeger's UI need --jaeger too. Findings cover all traces of the window: --attribute does not filter them.

    Example: kit traces report -o report.html --since 15m --compare-with before-cache
    """
    from analysis.columns.building import table_of
    from analysis.report.contents import contents_of
    from analysis.report.page import page
    from findings.formats import summary
    from kit.cli.traces.backlog import with_backlog
    from kit.cli.traces.report_answer import ReportAnswer
    from kit.cli.traces.scope import Scope, objectives_of
    from kit.cli.traces.sides import threshold_of
    from kit.cli.traces.source import told
    from kit.errors import NotEnoughDataError
    from kit.page_file import checked, write
    from kit.printing import show
    from kit.spec_objectives import spec_objectives

    file = checked(file)
    scope = Scope(filters, source)
    with told():
        asked = objectives_of(objective)
        objectives = asked or spec_objectives(source.spec)
        least = threshold_of(threshold)
        query = scope.query()
        everything, window = _read(query, source)
        if not window.traces:
            raise NotEnoughDataError(f"no trace in {window.where}", hint="--since looks further back")
        query = _covered(query, window)
        table = table_of((span for trace in everything for span in trace.spans), None)
        contents = contents_of(
            table, window.traces, query, objectives=objectives, asked=asked, live=not source.files
        )
        compared = _compared(compare_with, query, scope, window, least) if compare_with else None
    queues = with_backlog(contents.queues, redis, source.spec, is_asked=bool(redis) or not source.files)
    contents = replace(contents, queues=queues)
    write(file, page(_about(scope, window, len(table)), contents, compared))
    answer = ReportAnswer(
        file=str(file),
        bytes=file.stat().st_size,
        endpoints=len(contents.endpoints),
        queues=len(contents.queues),
        requests=contents.totals.requests,
        findings=len(contents.findings),
        compared_with=compare_with or None,
        coverage=window.answer(),
    )
    show(answer, output, [str(file)])
    if output is Output.TEXT:
        count = answer.endpoints
        say(
            f"{count:,} endpoint{'s' if count != 1 else ''}, {summary(contents.findings)} "
            f"in {len(window.traces):,} traces"
        )


def _read(query: Query, source: Source) -> tuple[list[Trace], Window]:
    """Return all traces read, and those of the window: a file's other traces may be link targets."""
    from analysis.search import Query, matching, require_service
    from kit.cli.traces.source import tell_left_out
    from kit.cli.traces.whole import Window, whole_traces

    by_time = Query(start_ns=query.start_ns, end_ns=query.end_ns)
    if not source.files:
        # Read all services: a queue's producers and linked traces may belong to another service.
        window = whole_traces(by_time, source)
        everything = list(window.traces)
    else:
        from analysis.sources.files import TraceFiles

        files = TraceFiles(source.files)
        everything = files.traces
        counts = files.counts()
        tell_left_out(files.left_out, counts.unfinished, strict=source.strict)
        found = matching(everything, by_time)
        starts = [trace.start_ns for trace in found] or [0]
        bounds = (
            min(starts) if query.start_ns is None else query.start_ns,
            max(starts) if query.end_ns is None else query.end_ns,
        )
        window = Window(found, *bounds, files.where, None, counts, files.left_out)
    if query.service is not None and everything:
        known = sorted({name for trace in everything for name in trace.services})
        require_service(query.service, known, window.where)
    return everything, window


def _covered(query: Query, window: Window) -> Query:
    """Return the query with its window cut to the part that was read, as rates need it."""
    import dataclasses

    return query if window.coverage is None else dataclasses.replace(query, start_ns=window.start_ns)


def _compared(before: str, query: Query, scope: Scope, window: Window, threshold: Threshold) -> Compared:
    """Compare `before` with the traces of the page like `kit traces compare`."""
    from analysis.columns.building import table_of
    from analysis.compare.comparing import compare
    from analysis.compare.values import NEEDED
    from analysis.report.page import Compared
    from analysis.search import matching
    from kit.cli.traces.options import JaegerSource, TraceFilters
    from kit.cli.traces.sides import side

    filters = TraceFilters(scope.filters.service, scope.filters.operation, scope.filters.attribute)
    asked = scope.source
    jaeger, named = JaegerSource(asked.spec, asked.jaeger, asked.strict), asked.from_
    first = side(before, filters, jaeger)
    if len(named) == len(scope.source.files) == 1 and not (scope.filters.since or scope.filters.until):
        # The window stored in a snapshot is more exact than the times of its traces.
        kept = side(str(named[0]), filters, jaeger)
        second, seconds, name = kept.table, kept.seconds, str(named[0])
    else:
        chosen = matching(window.traces, query)
        second = table_of((span for trace in chosen for span in trace.spans), NEEDED)
        seconds, name = window.seconds, "these traces"
    found = compare(first.table, second, threshold=threshold, windows_s=(first.seconds, seconds))
    return Compared(found, before, name)


def _left_out(window: Window) -> str:
    """Return the page's sentences about unreadable data and spans without a known end."""
    said = [
        f"Left out, {it.count:,} {it.unit}{'s' if it.count != 1 else ''}: {it.text}. "
        for it in window.left_out.reasons
    ]
    if count := window.read_counts.unfinished:
        said.append(
            f"{count:,} span{'s have' if count != 1 else ' has'} no known end: counted, but not in durations. "
        )
    return "".join(said)


def _about(scope: Scope, window: Window, spans: int) -> About:
    import time

    from analysis.moments import format_moment
    from analysis.report.page import About

    filters = [("service", scope.filters.service), ("operation", scope.filters.operation)]
    asked = [f"{name} {value}" for name, value in filters if value] + list(scope.filters.attribute or ())
    gaps = _left_out(window)
    if window.coverage is not None and not window.is_complete:
        gaps += "Not all traces of the window were read: " + (
            f"nothing before {format_moment(window.start_ns)} ({window.coverage.stopped})"
            if window.coverage.stopped
            else f"{len(window.coverage.crowded)} moments of it have more traces than one search returns"
        )
    return About(
        where=window.where,
        window=f"{format_moment(window.start_ns)} to {format_moment(window.end_ns)}",
        asked=", ".join(asked),
        traces=len(window.traces),
        spans=spans,
        gaps=gaps,
        jaeger=scope.source.jaeger if scope.source.files else scope.source.url,
        made=format_moment(time.time_ns()),
    )
