"""Read traces from files or Jaeger, and report on stderr how much was read."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from analysis.columns.table import SpanTable
    from analysis.coverage import SpansRead
    from analysis.gathering import Coverage
    from analysis.search import CountedSource, Query
    from analysis.sources.left_out import LeftOut
    from kit.cli.traces.options import Source


@contextmanager
def opened(source: Source) -> Iterator[CountedSource]:
    """Open the source to read from: the files if there are any, else Jaeger."""
    if source.files:
        from analysis.sources.files import TraceFiles

        yield TraceFiles(source.files)
        return
    from analysis.sources.jaeger import JaegerClient
    from kit.cli.traces.patience import patiently

    with JaegerClient(source.url, timeout_s=source.answer_s) as client, patiently(source):
        yield client


@contextmanager
def told() -> Iterator[None]:
    """Convert errors of the analysis to errors of the command."""
    from analysis.errors import AnalysisError, JaegerError, JaegerUnreachableError, QuantityError
    from kit.errors import MachineError, UsageError, UserError

    try:
        yield
    except JaegerUnreachableError as error:
        hint = f"{error.hint} `kit status` shows what runs in this folder; --from reads files instead"
        raise MachineError(error.message, hint=hint) from None
    except JaegerError as error:
        raise MachineError(error.message, hint=error.hint) from None
    except QuantityError as error:
        raise UsageError(error.message, hint=error.hint) from None
    except AnalysisError as error:
        raise UserError(error.message, hint=error.hint) from None


def takes_unicode(stream: TextIO) -> bool:
    """Whether a stream can show the characters of a drawing."""
    try:
        "├░█✗".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Reading:
    """The spans that were read for a query.

    Attributes:
        table: All spans that were read.
        query: The query. Its window is the part that is complete; None if a file has no bounds.
        where: Name of the source in messages.
        jaeger: URL of Jaeger; empty for files.
        coverage: Coverage of Jaeger's search; None for files, which are read completely.
        left_out: Data that could not be read.
    """

    table: SpanTable
    query: Query
    where: str
    jaeger: str
    coverage: Coverage | None
    left_out: LeftOut

    @property
    def is_complete(self) -> bool:
        """Whether the whole window of the query was read."""
        return self.coverage is None or self.coverage.is_complete

    def answer(self) -> SpansRead:
        """Return the amounts that were read and left out, for an answer."""
        from analysis.coverage import SpansRead, left_out_counts, of_searches
        from analysis.moments import rfc3339

        return SpansRead(
            complete=self.is_complete,
            spans=len(self.table),
            traces=len(set(self.table.trace.tolist())),
            unfinished=int(self.table.unfinished.sum()),
            left_out=left_out_counts(self.left_out),
            since=None if self.query.start_ns is None else rfc3339(self.query.start_ns),
            until=None if self.query.end_ns is None else rfc3339(self.query.end_ns),
            **of_searches(self.coverage),
        )


def read(query: Query, source: Source, keys: Iterable[str] | None, *, whole: bool = False) -> Reading:
    """Read the spans of a query, and print to stderr how many traces were read.

    Args:
        query: Query with a window, unless files are read.
        source: Source to read.
        keys: Attributes to keep, besides those of the query; None keeps all.
        whole: Read the traces of all services, because a service's spans may link to others.
    """
    import dataclasses

    from analysis.columns.reading import read_table
    from analysis.coverage import counts_of
    from analysis.search import Query, require_service
    from analysis.selection import attribute_keys
    from analysis.sources.left_out import LeftOut

    wanted = None if keys is None else [*keys, *attribute_keys(query)]
    left_out = LeftOut()
    if source.files:
        table = read_table(source.files, wanted, left_out)
        tell_left_out(left_out, int(table.unfinished.sum()), strict=source.strict)
        where = named(source.files)
        if query.service is not None:
            require_service(
                query.service, sorted({table.texts[code] for code in set(table.service.tolist())}), where
            )
        return Reading(table, query, where, "", None, left_out)
    from analysis.columns.building import table_of
    from analysis.gathering import gather
    from analysis.sources.jaeger import JaegerClient
    from kit.cli.traces.patience import patiently

    with JaegerClient(source.url, timeout_s=source.answer_s) as client, patiently(source) as progress:
        if whole:
            if query.service is not None:
                require_service(query.service, client.services(), client.where)
            asked = Query(start_ns=query.start_ns, end_ns=query.end_ns)
        else:
            # An endpoint's name need not be a span's name, so Jaeger cannot filter by it.
            asked = dataclasses.replace(query, operation=None)
        traces, coverage = gather(client, asked, progress=progress)
        where = client.where
    tell_coverage(coverage, where)
    tell_left_out(client.left_out, counts_of(traces).unfinished, strict=source.strict)
    covered = dataclasses.replace(query, start_ns=coverage.covered_from_ns)
    spans = (span for trace in traces for span in trace.spans)
    return Reading(table_of(spans, wanted), covered, where, source.url, coverage, client.left_out)


def named(files: Sequence[Path]) -> str:
    """Return the name of files in messages."""
    return str(files[0]) if len(files) == 1 else f"{len(files)} files"


def read_by(source: CountedSource, query: Query, *, complete: bool, strict: bool) -> SpansRead:
    """Return the amounts that a source has read, and print to stderr the data that it could not read.

    Args:
        source: Source after the query.
        query: The query.
        complete: Whether everything that matches was found.
        strict: See `tell_left_out`.
    """
    from analysis.coverage import SpansRead, left_out_counts
    from analysis.moments import rfc3339

    counts = source.counts()
    tell_left_out(source.left_out, counts.unfinished, strict=strict)
    return SpansRead(
        complete=complete,
        spans=counts.spans,
        traces=counts.traces,
        unfinished=counts.unfinished,
        left_out=left_out_counts(source.left_out),
        since=None if query.start_ns is None else rfc3339(query.start_ns),
        until=None if query.end_ns is None else rfc3339(query.end_ns),
    )


def tell_left_out(left_out: LeftOut, unfinished: int, *, strict: bool) -> None:
    """Print to stderr the data that could not be read, and the number of spans without a known end.

    Args:
        left_out: Data that could not be read.
        unfinished: Number of spans without a known end.
        strict: Raise if something could not be read.

    Raises:
        UserError: `strict` is set, and something could not be read.
    """
    from kit.errors import UserError

    lines = [
        f"{it.count:,} {it.unit}{'s' if it.count != 1 else ''}: {it.text}"
        + (f", at {it.first}" if it.first else "")
        for it in left_out.reasons
    ]
    if lines and strict:
        more = f"; and {len(lines) - 1} more reasons" if len(lines) > 1 else ""
        raise UserError(
            f"--strict is set, and not everything can be read: {lines[0]}{more}",
            hint="omit --strict to leave it out and count it",
        )
    for line in lines:
        say(f"left out, {line}")
    for path in left_out.empty:
        say(f"{path} holds no span")
    if unfinished:
        say(
            f"{unfinished:,} span{'s have' if unfinished != 1 else ' has'} no known end: counted, but not in durations"
        )


def tell_coverage(coverage: Coverage, where: str) -> None:
    """Print to stderr how much of the window was read."""
    from analysis.moments import format_moment

    searches = f"{coverage.requests:,} search{'es' if coverage.requests != 1 else ''}"
    window = f"{format_moment(coverage.start_ns)} to {format_moment(coverage.end_ns)}"
    if coverage.is_complete:
        say(f"read all {coverage.traces:,} traces of {where}, {window} ({searches})")
        return
    say(f"read {coverage.traces:,} traces of {where}, {window}, not all ({searches})")
    if coverage.covered_from_ns > coverage.start_ns:
        say(f"  traces before {format_moment(coverage.covered_from_ns)} are not counted: {coverage.stopped}")
    for service, start, _ in coverage.crowded[:3]:
        say(f"  {service} has more traces around {format_moment(start)} than one search returns")
    say("  next: use a shorter --since, or --service")
