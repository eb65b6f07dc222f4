"""Read the whole traces of a window, for verbs that need more than one span of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.columns.table import SpanTable
    from analysis.coverage import ReadCounts, TracesRead
    from analysis.gathering import Coverage
    from analysis.model import Trace
    from analysis.search import Query
    from analysis.sources.left_out import LeftOut
    from kit.cli.traces.options import JaegerSource


class _Bounds:
    """Common base of the windows."""

    __slots__ = ()
    start_ns: int
    end_ns: int
    where: str
    coverage: Coverage | None
    read_counts: ReadCounts
    left_out: LeftOut

    @property
    def count(self) -> int:
        """Number of traces."""
        raise NotImplementedError

    @property
    def is_complete(self) -> bool:
        """Whether all traces of the window were read."""
        return self.coverage is None or self.coverage.is_complete

    @property
    def seconds(self) -> float:
        """Length of the window, in seconds."""
        return (self.end_ns - self.start_ns) / 1e9

    def read(self) -> dict[str, Any]:
        """Return the fields of a `TracesRead`: the amounts that were read and left out."""
        from analysis.coverage import left_out_counts, of_searches
        from analysis.moments import rfc3339

        return {
            "source": self.where,
            "since": rfc3339(self.start_ns),
            "until": rfc3339(self.end_ns),
            "traces": self.count,
            "spans": self.read_counts.spans,
            "unfinished": self.read_counts.unfinished,
            "left_out": left_out_counts(self.left_out),
            "complete": self.is_complete,
            **of_searches(self.coverage),
        }

    def answer(self) -> TracesRead:
        """Return the fields of `read` for an answer."""
        from analysis.coverage import TracesRead

        return TracesRead(**self.read())


@dataclass(frozen=True, slots=True)
class Window(_Bounds):
    """Whole traces and their window.

    Attributes:
        traces: Traces with a span that matches.
        start_ns: Start of the window; of the first trace if a file has no start.
        end_ns: End of the window; start of the last trace if a file has no end.
        where: Name of the source in messages.
        coverage: Coverage of Jaeger's search; None for files, which are read completely.
        read_counts: Amounts that were read, before traces were selected.
        left_out: Data that could not be read.
    """

    traces: Sequence[Trace]
    start_ns: int
    end_ns: int
    where: str
    coverage: Coverage | None
    read_counts: ReadCounts
    left_out: LeftOut

    @property
    def count(self) -> int:
        """Number of traces."""
        return len(self.traces)


@dataclass(frozen=True, slots=True)
class TableWindow(_Bounds):
    """A window whose spans are in a table, for many spans.

    Attributes:
        table: Spans of the traces with a span that matches.
        traces: Number of these traces.
    """

    table: SpanTable
    traces: int
    start_ns: int
    end_ns: int
    where: str
    coverage: Coverage | None
    read_counts: ReadCounts
    left_out: LeftOut

    @property
    def count(self) -> int:
        """Number of traces."""
        return self.traces


def whole_table(query: Query, source: JaegerSource, keys: Iterable[str]) -> TableWindow:
    """Read the traces with a span that matches into a table, and print to stderr how many were read.

    Args:
        query: See `whole_traces`. For files, attributes of events are ignored.
        source: Source to read.
        keys: Attributes to keep, besides those of the query.
    """
    from analysis.columns.building import table_of
    from analysis.columns.traces import traces_in
    from analysis.coverage import ReadCounts

    files = source.files
    if not files:
        window = whole_traces(query, source)
        table = table_of((span for trace in window.traces for span in trace.spans), keys)
        return TableWindow(
            table,
            window.count,
            window.start_ns,
            window.end_ns,
            window.where,
            window.coverage,
            window.read_counts,
            window.left_out,
        )
    from analysis.columns.reading import read_table
    from analysis.columns.traces import whole_traces as having
    from analysis.search import require_service
    from analysis.selection import attribute_keys, chosen, of_name
    from analysis.sources.left_out import LeftOut
    from kit.cli.traces.source import named, tell_left_out

    where = named(files)
    left_out = LeftOut()
    table = read_table(files, [*keys, *attribute_keys(query)], left_out)
    counts = ReadCounts(len(table), len(set(table.trace.tolist())), int(table.unfinished.sum()))
    tell_left_out(left_out, counts.unfinished, strict=source.strict)
    if query.service is not None:
        require_service(query.service, table.services(), where)
    table = having(table, chosen(table, query) & of_name(table, query.operation))
    traces = traces_in(table)
    first, last = (int(traces.start_ns[0]), int(traces.start_ns[-1])) if len(traces) else (0, 0)
    return TableWindow(
        table,
        len(traces),
        first if query.start_ns is None else query.start_ns,
        last if query.end_ns is None else query.end_ns,
        where,
        None,
        counts,
        left_out,
    )


def whole_traces(query: Query, source: JaegerSource) -> Window:
    """Read the traces with a span that matches, and print to stderr how many were read.

    Args:
        query: Query with a start and an end, unless files are read.
        source: Source to read.
    """
    from analysis.coverage import counts_of
    from kit.cli.traces.source import tell_coverage, tell_left_out

    if source.files:
        from analysis.search import matching, require_service
        from analysis.sources.files import TraceFiles

        files = TraceFiles(source.files)
        counts = files.counts()
        tell_left_out(files.left_out, counts.unfinished, strict=source.strict)
        if query.service is not None:
            require_service(query.service, files.services(), files.where)
        traces = matching(files.traces, query)
        starts = [trace.start_ns for trace in traces] or [0]
        first = min(starts) if query.start_ns is None else query.start_ns
        last = max(starts) if query.end_ns is None else query.end_ns
        return Window(traces, first, last, files.where, None, counts, files.left_out)
    from analysis.gathering import gather
    from analysis.sources.jaeger import JaegerClient
    from kit.cli.traces.patience import patiently

    with JaegerClient(source.url, timeout_s=source.answer_s) as client, patiently(source) as progress:
        found, coverage = gather(client, query, progress=progress)
    tell_coverage(coverage, client.where)
    counts = counts_of(found)
    tell_left_out(client.left_out, counts.unfinished, strict=source.strict)
    return Window(
        found,
        coverage.covered_from_ns,
        coverage.end_ns,
        client.where,
        coverage,
        counts,
        client.left_out,
    )
