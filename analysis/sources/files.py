"""Traces from files. The format is detected from the content of a file, never from its name.

The formats are:

- OTLP JSON, on one line or many,
- JSON lines with one OTLP object each, such as those of the collector's file exporter,
- Jaeger's JSON download, and saved answers of Jaeger's and Tempo's APIs,
- Zipkin's JSON, and the output of the Python SDK's console exporter,
- each of these compressed with gzip.

The spans of a trace may be in different lines and files.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import json
import zlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analysis.coverage import ReadCounts, counts_of
from analysis.errors import AmbiguousTraceIdError, FileError, TraceNotFoundError
from analysis.model import Trace, newest_first, traces_of
from analysis.search import Operation, Query, SearchResult, matching, require_service
from analysis.sources.documents import EXPECTED, concatenated, parsed, spans_of
from analysis.sources.left_out import LeftOut
from analysis.sources.unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.model import Span

_BUFFER = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class TraceFiles:
    """A source of traces: all spans of some files, read on first use and cached.

    Attributes:
        paths: The files.
        left_out: Counts of data that could not be read, after the files were read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Store the paths; nothing is read yet."""
        self.paths = tuple(paths)
        self.left_out = LeftOut()

    @property
    def where(self) -> str:
        """Name of the files in messages."""
        return str(self.paths[0]) if len(self.paths) == 1 else f"{len(self.paths)} files"

    @cached_property
    def traces(self) -> list[Trace]:
        """All traces of the files, latest start first.

        Raises:
            FileError: a file is missing, unreadable, empty, binary or broken; with file and line.
        """
        return traces_of(
            itertools.chain.from_iterable(read_spans(path, self.left_out) for path in self.paths)
        )

    def counts(self) -> ReadCounts:
        """Return the number of spans and traces in the files."""
        return counts_of(self.traces)

    def services(self) -> list[str]:
        """Return the names of all services, sorted."""
        return sorted({service for trace in self.traces for service in trace.services})

    def operations(self, service: str) -> list[Operation]:
        """Return the span names of a service with their kinds, sorted."""
        spans = (span for trace in self.traces for span in trace.spans if span.service == service)
        return sorted({Operation(span.name, span.kind) for span in spans}, key=lambda it: (it.name, it.kind))

    def search(self, query: Query) -> SearchResult:
        """Return the newest traces that match; the result is always complete.

        Raises:
            FileError: see `traces`.
            UnknownServiceError: no span has this service.
        """
        if query.service is not None:
            require_service(query.service, self.services(), self.where)
        found = newest_first(matching(self.traces, query))
        return SearchResult(found[: query.limit], len(found))

    def trace(self, trace_id: str) -> Trace:
        """Return the trace with this id, or the only one whose id begins with it.

        Raises:
            FileError: see `traces`.
            TraceNotFoundError: no trace id begins with it.
            AmbiguousTraceIdError: several do.
        """
        by_id = {trace.trace_id: trace for trace in self.traces}
        return by_id[the_one_id(trace_id, list(by_id), self.where)]


def the_one_id(wanted: str, ids: Sequence[str], where: str) -> str:
    """Return the only trace id that begins with the digits, or equals them after leading zeros.

    Raises:
        TraceNotFoundError: none does.
        AmbiguousTraceIdError: several do.
    """
    digits = wanted.strip().lower()
    found = [one for one in ids if one.startswith(digits)] or [
        one for one in ids if one == digits.rjust(32, "0")
    ]
    if len(found) > 1:
        raise AmbiguousTraceIdError(wanted, sorted(found), where)
    if not found:
        hint = f"`kit traces search` lists the {len(ids)} traces there"
        raise TraceNotFoundError(wanted, where, hint=hint)
    return found[0]


def read_spans(path: Path, left_out: LeftOut | None = None) -> Iterator[Span]:
    """Read all spans of one file, line by line if each line is a JSON object.

    Args:
        path: the file.
        left_out: counts what cannot be read.

    Raises:
        FileError: the file is missing, unreadable, empty, binary or broken, or no span in it can be read; with file
            and line.
    """
    documents = spans = 0
    own = LeftOut()
    try:
        for line, document in _documents(path):
            documents += 1
            own.where = place_of(path, line)
            for span in spans_of(document, own):
                spans += 1
                yield span
    except RecursionError:
        raise FileError(path, f"nested too deeply to be {EXPECTED}") from None
    finish(path, own, documents=documents, spans=spans)
    if left_out is not None:
        left_out.add(own)


def place_of(path: Path, line: int | None) -> str:
    """Format a file, with the line if given, for messages."""
    return str(path) if line is None else f"{path}:{line}"


def finish(path: Path, left_out: LeftOut, *, documents: int, spans: int) -> None:
    """Check that a file that was read to its end is not empty.

    Args:
        path: the file.
        left_out: counts of its data that could not be read; a file without spans is added to `empty`.
        documents: number of JSON values in it.
        spans: number of spans read from it.

    Raises:
        FileError: the file is empty, or no span in it can be read.
    """
    if not documents:
        raise FileError(path, "the file is empty", hint="the exporter may not have flushed its spans yet")
    if spans:
        return
    if not left_out:
        left_out.empty.append(str(path))
        return
    first = left_out.reasons[0]
    place = first.first.removeprefix(str(path)).lstrip(": ")
    count = sum(reason.count for reason in left_out.reasons)
    more = f", the first of {count:,}" if count > 1 else ""
    where = f" at {place}" if place else ""
    raise FileError(path, f"no span can be read: {first.text}{where}{more}; expected {EXPECTED}")


def opened_lines(path: Path) -> Iterator[list[bytes]]:
    """Yield the raw lines of a file in blocks of some megabytes.

    Raises:
        FileError: the file is missing, unreadable, binary or broken.
    """
    with _opened(path) as stream:
        try:
            _require_text(path, stream.peek(4096)[:4096])
            while block := stream.readlines(_BLOCK):
                yield block
        except _BROKEN_GZIP as error:
            raise _broken_gzip(path, error) from None
        except OSError as error:
            raise FileError(path, f"cannot be read: {error.strerror or error}") from None


_BLOCK = 4 << 20
_REPAIR = "repair or remove this line (a truncated line means that the writer stopped while writing it)"


def _documents(path: Path) -> Iterator[tuple[int | None, Any]]:
    """Yield the JSON values of a file with their lines; None as the line if a value spans several lines."""
    with _opened(path) as stream:
        numbered = _text_lines(path, stream)
        number, first = next(numbered, (1, ""))
        if not first:
            return
        try:
            document = parsed(first)
        except json.JSONDecodeError as error:
            yield from _over_many_lines(path, number, first, numbered, error)
            return
        yield number, document
        for number, line in numbered:
            try:
                yield number, parsed(line)
            except json.JSONDecodeError as error:
                raise _broken_line(path, number, error) from None


def _over_many_lines(
    path: Path, number: int, first: str, rest: Iterator[tuple[int, str]], alone: json.JSONDecodeError
) -> Iterator[tuple[int | None, Any]]:
    """Yield the values of a file whose first line is not a complete value: one over many lines, or a broken file."""
    lines = [(number, first), *rest]
    try:
        # All values are parsed before the first is yielded, so that a broken file yields none.
        values = list(concatenated("".join(line for _, line in lines)))
    except json.JSONDecodeError as error:
        if len(lines) == 1 or _is_json_object(lines[1][1]):
            raise _broken_line(path, number, alone) from None
        number, _ = lines[min(error.lineno, len(lines)) - 1]
        raise _broken_line(path, number, error) from None
    for value in values:
        yield None, value


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(parsed(line), dict)
    except json.JSONDecodeError:
        return False


def _broken_line(path: Path, number: int, error: json.JSONDecodeError) -> FileError:
    return FileError(
        path, f"not JSON at column {error.colno}: {error.msg}; expected {EXPECTED}", line=number, hint=_REPAIR
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    with contextlib.ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            start = raw.peek(4)[:4]
        except FileNotFoundError:
            raise FileError(path, "there is no such file") from None
        except IsADirectoryError:
            raise FileError(
                path, "this is a directory", hint=f"name the files in it: {path}/*.jsonl"
            ) from None
        except PermissionError:
            raise FileError(path, "no permission to read this file") from None
        except OSError as error:
            raise FileError(path, f"cannot be read: {error.strerror or error}") from None
        if start.startswith(_GZIP):
            yield stack.enter_context(unpacked(path, raw, _BUFFER))
        else:
            yield raw


def _text_lines(path: Path, stream: io.BufferedReader) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    for number, line in enumerate(_raw_lines(path, stream), start=1):
        if line.isspace():
            continue
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise FileError(path, f"not UTF-8 text: {error.reason}", line=number, hint=_NOT_TEXT) from None


_NOT_TEXT = "only JSON is supported: set `format: json` in the collector's file exporter"


def _require_text(path: Path, start: bytes) -> None:
    if start.startswith(_ZSTD):
        raise FileError(
            path,
            "compressed with zstd",
            hint="unpack it first with `zstd -d` (only gzip is unpacked automatically)",
        )
    if b"\0" in start:
        raise FileError(path, "a binary file", hint=_NOT_TEXT)


def _raw_lines(path: Path, stream: io.BufferedReader) -> Iterator[bytes]:
    try:
        _require_text(path, stream.peek(4096)[:4096])
        yield from stream
    except _BROKEN_GZIP as error:
        raise _broken_gzip(path, error) from None
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror or error}") from None


_BROKEN_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)


def _broken_gzip(path: Path, error: BaseException) -> FileError:
    return FileError(
        path, f"broken gzip data: {error}", hint="it may have been copied while it was written: copy it again"
    )
