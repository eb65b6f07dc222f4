"""Files as a table of spans, without a Python object for each attribute that nobody asked for.

What is not one OTLP object a line (Jaeger's JSON, a document over many lines, ids in base64, enums by name) is read by
`analysis.sources.files`, slower, with the same result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from analysis.columns.building import TableBuilder
from analysis.sources.ahead import lines_ahead
from analysis.sources.documents import parsed, spans_of
from analysis.sources.files import finish, place_of, read_spans
from analysis.sources.left_out import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from analysis.columns.table import SpanTable


def read_table(
    paths: Sequence[Path], keys: Iterable[str] | None = (), left_out: LeftOut | None = None
) -> SpanTable:
    """All spans of some files; those of a trace may be scattered over lines and files.

    Args:
        paths: any files that `analysis.sources.files` reads, gzipped or not.
        keys: see `building.TableBuilder`.
        left_out: counts what cannot be read.

    Raises:
        FileError: see `analysis.sources.files.read_spans`.
    """
    builder = TableBuilder(keys)
    counted = LeftOut() if left_out is None else left_out
    for path in paths:
        _read(path, builder, counted)
    return builder.finish()


def _read(path: Path, builder: TableBuilder, left_out: LeftOut) -> None:
    import msgspec

    from analysis.columns.otlp_lines import Misfit, OtlpLines

    lines = OtlpLines(builder)
    own, first, documents = LeftOut(), len(builder), 0
    try:
        for number, line in lines_ahead(path):
            documents += 1
            row = len(builder)
            try:
                lines.add(line)
            except (msgspec.ValidationError, Misfit):
                builder.cut(row)
                own.where = place_of(path, number)
                for span in spans_of(parsed(line), own):
                    builder.add(span)
    except (msgspec.DecodeError, json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        documents = 0
    if documents:
        finish(path, own, documents=documents, spans=len(builder) - first)
        left_out.add(own)
        return
    # Over many lines, or broken: then this says how.
    builder.cut(first)
    for span in read_spans(path, left_out):
        builder.add(span)
