"""Read files into a table of spans, without creating Python objects for attributes that are not kept.

This reads files with one OTLP object per line. All others (Jaeger's JSON, a document over many lines, ids in base64,
enums by name) are read by `analysis.sources.files`, which is slower and has the same result.
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
    """Read all spans of some files; the spans of a trace may be in different lines and files.

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
    # A document over many lines or a broken file; for a broken file, this reader raises the error with the line.
    builder.cut(first)
    for span in read_spans(path, left_out):
        builder.add(span)
