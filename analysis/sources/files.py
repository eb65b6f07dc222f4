"""Traces from files. The format is recognised by what is in a file, never by its name.

Understood are
- OTLP JSON, on one line or many,
- JSON lines, one OTLP object on each, as the collector's file exporter writes them,
- Jaeger's JSON download, and saved answers of Jaeger's API,
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

from analysis.errors import AmbiguousTraceIdError, FileError, FormatError, TraceNotFoundError
from analysis.model import Trace, newest_first, traces_of
from analysis.search import Operation, Query, SearchResult, matching, require_service
from analysis.sources.documents import EXPECTED, concatenated, spans_of
from analysis.sources.unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.model import Span

_BUFFER = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class TraceFiles:
    """A source of traces: all spans of some files, read when first needed and kept."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Name the files; nothing is read yet."""
        self.paths = tuple(paths)

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
        return traces_of(itertools.chain.from_iterable(read_spans(path) for path in self.paths))

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
        wanted = trace_id.lower()
        found = [trace for trace in self.traces if trace.trace_id.startswith(wanted)]
        found = found or [trace for trace in self.traces if trace.trace_id == wanted.rjust(32, "0")]
        if len(found) > 1:
            raise AmbiguousTraceIdError(trace_id, sorted(trace.trace_id for trace in found), self.where)
        if not found:
            raise TraceNotFoundError(
                trace_id,
                self.where,
                hint=f"{len(self.traces)} other traces are there: search them for the right id",
            )
        return found[0]


def read_spans(path: Path) -> Iterator[Span]:
    """Read all spans of one file, line by line where it has one JSON object on each.

    Raises:
        FileError: the file is missing, unreadable, empty, binary or broken; says which, and on which line.
    """
    documents = 0
    try:
        for line, document in _documents(path):
            documents += 1
            try:
                yield from spans_of(document)
            except FormatError as error:
                raise FileError(path, error.message, line=line) from None
    except RecursionError:
        raise FileError(path, f"nested too deeply; expected {EXPECTED}") from None
    if not documents:
        raise FileError(path, "the file is empty", hint="has the exporter flushed it yet?")


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
            document = json.loads(first)
        except json.JSONDecodeError as error:
            yield from _over_many_lines(path, number, first, numbered, error)
            return
        yield number, document
        for number, line in numbered:
            try:
                yield number, json.loads(line)
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
        return isinstance(json.loads(line), dict)
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
