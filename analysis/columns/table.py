"""A table of spans, one row a span, and how the rows hang together.

Rows are ordered by trace id, start, end (latest first) and span id, so nothing depends on the order in which the
spans came. A span sent twice is one row. Spans that share an id but differ are all rows, told apart as in
`model.Trace`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.model import AttributeValue

    Rows: TypeAlias = NDArray[np.int64]
    Mask: TypeAlias = NDArray[np.bool_]
    Codes: TypeAlias = NDArray[np.int32]

KINDS = tuple(SpanKind)
"""Kinds in OTLP's numbering: what the column `kind` counts in."""

NOWHERE = -1
"""Stands for a row, a trace or a value that is not there."""


@dataclass(slots=True)
class SpanTable:
    """Spans as columns; each array has one entry a row unless it says otherwise.

    Attributes:
        trace: index into `trace_ids`.
        trace_ids: one entry a trace: 32 hexadecimal digits, sorted.
        span_id: as a number.
        parent: row of the parent; -1 for a root, for an orphan, and where a circle of parents was cut open.
        is_root: the span names no parent.
        is_circular: a circle of parents was cut open here.
        service: index into `texts`.
        name: index into `texts`.
        kind: index into `KINDS`.
        start_ns: since 1970.
        end_ns: never before the start; the start where it is not known.
        unfinished: there is no end, or one before the start: how long the span took is not known.
        error: whether the status is an error.
        texts: what `service` and `name` point to.
        values: what the codes of attributes point to.
        link_row: one entry a link: the row that links.
        link_target: one entry a link: the row it points to; -1 where that span is not in the table.
        missing_links: links whose target is not in the table.
    """

    trace: Rows
    trace_ids: Sequence[str]
    span_id: NDArray[np.uint64]
    parent: Rows
    is_root: Mask
    is_circular: Mask
    service: Codes
    name: Codes
    kind: NDArray[np.int8]
    start_ns: Rows
    end_ns: Rows
    unfinished: Mask
    error: Mask
    texts: Sequence[str]
    values: Sequence[AttributeValue]
    link_row: Rows
    link_target: Rows
    _attributes: Mapping[str, Codes] = field(repr=False)

    def __len__(self) -> int:
        return len(self.start_ns)

    @property
    def duration_ns(self) -> Rows:
        """How long each span took; 0 where that is not known."""
        return self.end_ns - self.start_ns

    def duration_of(self, rows: Rows) -> Rows:
        """How long each of some spans took."""
        return self.end_ns[rows] - self.start_ns[rows]

    @property
    def missing_links(self) -> int:
        """How many links point to a span that is not in the table."""
        return int((self.link_target == NOWHERE).sum())

    @property
    def keys(self) -> list[str]:
        """The attribute keys that are kept."""
        return sorted(self._attributes)

    def services(self) -> list[str]:
        """The names of all services, sorted."""
        return sorted({self.texts[code] for code in np.unique(self.service).tolist()})

    def codes(self, key: str) -> Codes:
        """The values of an attribute, the span's own or else its resource's, as indexes into `values`; -1: none."""
        found = self._attributes.get(key)
        return np.full(len(self), NOWHERE, np.int32) if found is None else found

    def number(self, key: str) -> NDArray[np.float64]:
        """An attribute as numbers; NaN where it is absent, not finite or no number."""
        codes = self.codes(key)
        numbers = np.full(len(self.values) + 1, np.nan)  # the last entry is for -1
        for code in np.unique(codes[codes != NOWHERE]):
            value = self.values[code]
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers[code] = value
        numbers[~np.isfinite(numbers)] = np.nan
        found: NDArray[np.float64] = numbers[codes]
        return found

    def is_kind(self, *kinds: SpanKind) -> Mask:
        """Which spans are of one of these kinds."""
        chosen: Mask = np.array([kind in kinds for kind in KINDS], bool)
        of_rows: Mask = chosen[self.kind]
        return of_rows

    def is_top(self) -> Mask:
        """Which spans stand under no other: roots, orphans, and one of each circle of parents."""
        top: Mask = self.parent == NOWHERE
        return top

    def span_id_of(self, row: int) -> str:
        """16 hexadecimal digits."""
        return f"{int(self.span_id[row]):016x}"

    def trace_id_of(self, row: int) -> str:
        """32 hexadecimal digits."""
        return self.trace_ids[int(self.trace[row])]

    def service_of(self, row: int) -> str:
        """The name of a row's service."""
        return self.texts[int(self.service[row])]

    def name_of(self, row: int) -> str:
        """The name of a row's span."""
        return self.texts[int(self.name[row])]

    def value_of(self, key: str, row: int) -> AttributeValue:
        """A row's attribute; None when it has none."""
        codes = self._attributes.get(key)
        code = NOWHERE if codes is None else int(codes[row])
        return None if code == NOWHERE else self.values[code]
