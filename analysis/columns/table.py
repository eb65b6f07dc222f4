"""A table of spans with one row per span, and the parents and links between the rows.

Rows are ordered by trace id, start, end (latest first) and span id, so the order of the input does not matter. A span
that was sent twice is one row. Different spans with the same id have one row each; their children are assigned as in
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
"""Kinds by OTLP number, for the column `kind`."""

NOWHERE = -1
"""Index for a missing row, trace or value."""


@dataclass(slots=True)
class SpanTable:
    """Spans as columns. Each array has one entry per row unless stated otherwise.

    Attributes:
        trace: Trace as an index into `trace_ids`.
        trace_ids: Trace ids as 32 hexadecimal digits, sorted; one entry per trace.
        span_id: Span id as a number.
        parent: Row of the parent; -1 for a root, for an orphan, and for the row where a cycle of parents was cut.
        is_root: Whether the span has no parent id.
        is_circular: Whether a cycle of parents was cut at this row.
        service: Service name as an index into `texts`.
        name: Span name as an index into `texts`.
        kind: Kind as an index into `KINDS`.
        start_ns: Start in ns since 1970.
        end_ns: End in ns since 1970, never before the start; equal to the start if unknown.
        unfinished: Whether the duration is unknown, because the end is missing or before the start.
        error: Whether the status is an error.
        texts: Service names and span names.
        values: Values of attributes.
        link_row: Row that has the link; one entry per link.
        link_target: Row of the link's target, or -1 if it is not in the table; one entry per link.
        missing_links: Number of links whose target is not in the table.
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
        """Duration of each span; 0 if unknown."""
        return self.end_ns - self.start_ns

    def duration_of(self, rows: Rows) -> Rows:
        """Return the durations of some rows; 0 if unknown."""
        return self.end_ns[rows] - self.start_ns[rows]

    @property
    def missing_links(self) -> int:
        """Number of links whose target is not in the table."""
        return int((self.link_target == NOWHERE).sum())

    @property
    def keys(self) -> list[str]:
        """Attribute keys that the table holds, sorted."""
        return sorted(self._attributes)

    def services(self) -> list[str]:
        """Return the names of all services, sorted."""
        return sorted({self.texts[code] for code in np.unique(self.service).tolist()})

    def codes(self, key: str) -> Codes:
        """Return an attribute of the spans, or else of their resources, as indexes into `values`; -1 if missing."""
        found = self._attributes.get(key)
        return np.full(len(self), NOWHERE, np.int32) if found is None else found

    def number(self, key: str) -> NDArray[np.float64]:
        """Return an attribute as numbers; NaN if it is missing, not finite or not a number."""
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
        """Return the mask of the spans with one of these kinds."""
        chosen: Mask = np.array([kind in kinds for kind in KINDS], bool)
        of_rows: Mask = chosen[self.kind]
        return of_rows

    def is_top(self) -> Mask:
        """Return the mask of the spans without a parent row: roots, orphans, and one of each cycle of parents."""
        top: Mask = self.parent == NOWHERE
        return top

    def span_id_of(self, row: int) -> str:
        """Return the span id of a row as 16 hexadecimal digits."""
        return f"{int(self.span_id[row]):016x}"

    def trace_id_of(self, row: int) -> str:
        """Return the trace id of a row as 32 hexadecimal digits."""
        return self.trace_ids[int(self.trace[row])]

    def service_of(self, row: int) -> str:
        """Return the service name of a row."""
        return self.texts[int(self.service[row])]

    def name_of(self, row: int) -> str:
        """Return the span name of a row."""
        return self.texts[int(self.name[row])]

    def value_of(self, key: str, row: int) -> AttributeValue:
        """Return an attribute of a row; None if it is missing."""
        codes = self._attributes.get(key)
        code = NOWHERE if codes is None else int(codes[row])
        return None if code == NOWHERE else self.values[code]
