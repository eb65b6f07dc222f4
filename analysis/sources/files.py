"""Traces from files. The format is recognised by what is in a file, never by its name.

Understood are
- OTLP JSON, on one line or many,
- JSON lines, one OTLP object on each, as the collector's file exporter writes them,
- Jaeger's JSON download, and saved answers of Jaeger's and Tempo's APIs,
- Zipkin's JSON, and what the Python SDK's console exporter prints,
- each of these compressed with gzip.

The spans of a trace may be scattered over lines and files.
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
    """A source of traces: all spans of some files, read when first needed and kept.

    Attributes:
        paths: the files.
        left_out: what of them cannot be read, once they were read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Name the files; nothing is read yet."""
        self.paths = tuple(paths)
        self.left_out = LeftOut()

    @property
    def where(self) -> str:
        """The files, as a message names them."""
        return str(self.paths[0]) if len(self.paths) == 1 else f"{len(self.paths)} files"

    @cached_property
    def traces(self) -> list[Trace]:
        """All traces of the files, latest start first.

        Raises:
            FileError: a file is missing, unreadable, empty, binary or broken; says which, and on which line.
        """
        return traces_of(
            itertools.chain.from_iterable(read_spans(path, self.left_out) for path in self.paths)
        )

    def counts(self) -> ReadCounts:
        """How much is in the files."""
        return counts_of(self.traces)

    def services(self) -> list[str]:
        """The names of all services, sorted."""
        return sorted({service for trace in self.traces for service in trace.services})

    def operations(self, service: str) -> list[Operation]:
        """The span names of a service with their kinds, sorted."""
        spans = (span for trace in self.traces for span in trace.spans if span.service == service)
        return sorted({Operation(span.name, span.kind) for span in spans}, key=lambda it: (it.name, it.kind))

    def search(self, query: Query) -> SearchResult:
        """The newest traces that match; always complete.

        Raises:
            FileError: see `traces`.
            UnknownServiceError: no span is of that service.
        """
        if query.service is not None:
            require_service(query.service, self.services(), self.where)
        found = newest_first(matching(self.traces, query))
        return SearchResult(found[: query.limit], len(found))

    def trace(self, trace_id: str) -> Trace:
        """The trace with this id, or the only one whose id begins with it.

        Raises:
            FileError: see `traces`.
            TraceNotFoundError: no trace id begins with it.
            AmbiguousTraceIdError: several do.
        """
        by_id = {trace.trace_id: trace for trace in self.traces}
        return by_id[the_one_id(trace_id, list(by_id), self.where)]


def the_one_id(wanted: str, ids: Sequence[str], where: str) -> str:
    """The one trace id that begins with some digits, or is them with zeros before.

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
        hint = f"{len(ids)} other traces are there: search them for the right id"
        raise TraceNotFoundError(wanted, where, hint=hint)
    return found[0]


def read_spans(path: Path, left_out: LeftOut | None = None) -> Iterator[Span]:
    """Read all spans of one file, line by line where it has one JSON object on each.

    Args:
        path: the file.
        left_out: counts what cannot be read.

    Raises:
        FileError: the file is missing, unreadable, empty, binary or broken, or nothing in it can be read as a span;
            says which, and on which line.
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
        raise FileError(path, f"nested too deeply; expected {EXPECTED}") from None
    finish(path, own, documents=documents, spans=spans)
    if left_out is not None:
        left_out.add(own)


def place_of(path: Path, line: int | None) -> str:
    """A file, and a line in it if there is one, as a message names it."""
    return str(path) if line is None else f"{path}:{line}"


def finish(path: Path, left_out: LeftOut, *, documents: int, spans: int) -> None:
    """Look at a file that was read to its end: it must not be silently empty.

    Args:
        path: the file.
        left_out: what of it could not be read; a file without any span is noted there.
        documents: how many JSON values it holds.
        spans: how many spans of it were read.

    Raises:
        FileError: it is empty, or nothing in it can be read as a span.
    """
    if not documents:
        raise FileError(path, "the file is empty", hint="has the exporter flushed it yet?")
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
    raise FileError(path, f"no span of it can be read: {first.text}{where}{more}; expected {EXPECTED}")


def opened_lines(path: Path) -> Iterator[list[bytes]]:
    """The raw lines of a file in blocks of some megabytes.

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
_REPAIR = "repair or remove that line; a line that was cut short was being written when the writer stopped"


def _documents(path: Path) -> Iterator[tuple[int | None, Any]]:
    """The JSON values of a file, each with its line; without one where a value spans lines."""
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
    """The values of a file whose first line is not a value by itself: printed over many lines, or broken."""
    lines = [(number, first), *rest]
    try:
        # Parsed before the first is handed on: a file is read whole, or its error is told.
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
    """The lines that are not blank, with their numbers."""
    for number, line in enumerate(_raw_lines(path, stream), start=1):
        if line.isspace():
            continue
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise FileError(path, f"not UTF-8 text: {error.reason}", line=number, hint=_NOT_TEXT) from None


_NOT_TEXT = "traces are read as JSON; with the collector's file exporter, use `format: json`"


def _require_text(path: Path, start: bytes) -> None:
    if start.startswith(_ZSTD):
        raise FileError(path, "compressed with zstd", hint="unpack it first: zstd -d; gzip is read as it is")
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
    return FileError(path, f"broken gzip data: {error}", hint="was it copied while it was being written?")
