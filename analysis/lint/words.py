"""Attribute values as texts, for one row or for all rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.columns.table import Codes, Mask, SpanTable


class Words:
    """The text values of a table's attributes."""

    def __init__(self, table: SpanTable) -> None:
        """Keep the table."""
        self.table = table

    def of(self, row: int, *keys: str) -> str:
        """Return the first of these attributes that is a text; empty if none is."""
        for key in keys:
            value = self.table.value_of(key, row)
            if isinstance(value, str) and value:
                return value
        return ""

    def codes(self, *keys: str) -> Codes:
        """Return the first text of these attributes for each row, as an index into the table's values; -1 for none."""
        found = np.full(len(self.table), NOWHERE, np.int32)
        for key in keys:
            codes = self.table.codes(key)
            found = np.where((found == NOWHERE) & self._is_text[codes], codes, found).astype(np.int32)
        return found

    def has(self, *keys: str) -> Mask:
        """Return the mask of rows that have one of these attributes, with any value."""
        there: Mask = np.zeros(len(self.table), bool)
        for key in keys:
            there = there | (self.table.codes(key) != NOWHERE)
        return there

    def fits(self, codes: Codes, test: Callable[[str], object]) -> Mask:
        """Return the mask of codes whose text passes a test."""
        chosen = np.zeros(len(self.table.values) + 1, bool)  # the last entry is for -1
        for code in np.unique(codes[codes != NOWHERE]).tolist():
            value = self.table.values[code]
            chosen[code] = isinstance(value, str) and bool(test(value))
        passed: Mask = chosen[codes]
        return passed

    def names_fit(self, test: Callable[[str], object]) -> Mask:
        """Return the mask of rows whose span name passes a test."""
        chosen = np.zeros(len(self.table.texts), bool)
        for code in np.unique(self.table.name).tolist():
            chosen[code] = bool(test(self.table.texts[code]))
        passed: Mask = chosen[self.table.name]
        return passed

    @cached_property
    def _is_text(self) -> Mask:
        return np.array([isinstance(value, str) and bool(value) for value in self.table.values] + [False])
