"""Files as a table of spans, without a Python object for each attribute that nobody asked for.

What is not one OTLP object a line (Jaeger's JSON, a document over many lines, ids in base64, enums by name) is read by
`analysis.sources.files`, slower, with the same result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.columns.building import TableBuilder
from analysis.errors import FileError, FormatError
from analysis.sources.ahead import lines_ahead
from analysis.sources.documents import spans_of
from analysis.sources.files import read_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from analysis.columns.table import SpanTable


def read_table(paths: Sequence[Path], keys: Iterable[str] | None = ()) -> SpanTable:
    """All spans of some files; those of a trace may be scattered over lines and files.

    Args:
        paths: OTLP JSON, JSON lines, Jaeger's JSON, gzipped or not.
        keys: see `building.TableBuilder`.

    Raises:
        FileError: a file is missing, unreadable, empty, binary or broken; says which, and on which line.
    """
    builder = TableBuilder(keys)
    for path in paths:
        _read(path, builder)
    return builder.finish()


def _read(path: Path, builder: TableBuilder) -> None:
    import msgspec

    from analysis.columns.otlp_lines import Misfit, OtlpLines

    lines = OtlpLines(builder)
    documents = 0
    try:
        for number, line in lines_ahead(path):
            documents += 1
            try:
                lines.add(line)
            except (msgspec.ValidationError, Misfit):
                _add_slowly(path, number, line, builder)
    except (msgspec.DecodeError, json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        documents = 0
    if not documents:
        # Over many lines, or broken: then this says how. What was added above is a repeat.
        for span in read_spans(path):
            builder.add(span)


def _add_slowly(path: Path, number: int, line: bytes, builder: TableBuilder) -> None:
    document: Any = json.loads(line)
    try:
        for span in spans_of(document):
            builder.add(span)
    except FormatError as error:
        raise FileError(path, error.message, line=number) from None
