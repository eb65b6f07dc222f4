"""Select the rows of a table that match a query: `search.matches` for all spans at once.

There are two differences from a search: the only event attribute that matches is `exception.type`, and an operation
may be an endpoint's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.building import SCOPE, STATUS_TEXT
from analysis.columns.table import KINDS
from analysis.search import WRITTEN_BY_JAEGER, reads_as
from analysis.semantics import endpoint_names

if TYPE_CHECKING:
    from analysis.columns.table import Mask, SpanTable
    from analysis.search import Query


def attribute_keys(query: Query) -> list[str]:
    """Return the attributes that a table must hold for the query."""
    return [key for key in query.attributes if key not in WRITTEN_BY_JAEGER - {SCOPE, STATUS_TEXT}]


def chosen(table: SpanTable, query: Query) -> Mask:
    """Return the mask of the spans that match the query, ignoring its operation and its limit."""
    mask = np.ones(len(table), bool)
    if query.service is not None:
        mask &= _is_text(table, query.service)[table.service]
    if query.start_ns is not None:
        mask &= table.start_ns >= query.start_ns
    if query.end_ns is not None:
        mask &= table.start_ns <= query.end_ns
    if query.min_duration_ns is not None or query.max_duration_ns is not None:
        mask &= ~table.unfinished
    if query.min_duration_ns is not None:
        mask &= table.duration_ns >= query.min_duration_ns
    if query.max_duration_ns is not None:
        mask &= table.duration_ns <= query.max_duration_ns
    for key, text in query.attributes.items():
        mask &= _has(table, key, text)
    return mask


def of_name(table: SpanTable, name: str | None) -> Mask:
    """Return the mask of the spans with this name; all spans if it is None."""
    if name is None:
        return np.ones(len(table), bool)
    fits: Mask = _is_text(table, name)[table.name]
    return fits


def named(table: SpanTable, operation: str | None) -> Mask:
    """Return the mask of the spans whose name or endpoint is this one; all spans if it is None."""
    if operation is None:
        return np.ones(len(table), bool)
    index, names = endpoint_names(table, np.arange(len(table)))
    by_endpoint: Mask = np.array([name == operation for name in names], bool)[index]
    return of_name(table, operation) | by_endpoint


def _has(table: SpanTable, key: str, text: str) -> Mask:
    if key == "error":
        return table.error if text == "true" else np.zeros(len(table), bool)
    if key == "otel.status_code":
        return table.error if text == "ERROR" else np.zeros(len(table), bool)
    if key == "span.kind":
        return np.array([kind.value == text for kind in KINDS])[table.kind]
    if key == "service.name":
        return _is_text(table, text)[table.service]
    # The last entry is for spans without the attribute, whose code is -1.
    fits = np.array([reads_as(value, text) for value in table.values] + [False])
    return fits[table.codes(key)]


def _is_text(table: SpanTable, wanted: str) -> Mask:
    return np.array([text == wanted for text in table.texts], bool)
