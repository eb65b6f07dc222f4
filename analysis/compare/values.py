"""Extraction of the compared series from spans: all durations of each endpoint, queue and operation, by time.

- An endpoint is as in `analysis.endpoints`: a server's route, or the root span of a job. Consumers count as queues.
- A queue is a destination with the service that consumes it. It has two series: queue wait and processing time.
- An operation is a span name of a service: every span counts.

Values are ordered by the start of their trace, then by their own start. Values of one trace are alike and so become
neighbours, which the tests measure as autocorrelation.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.groups import operations
from analysis.columns.times import queue_wait_ns, senders
from analysis.columns.traces import traces_in
from analysis.compare.series import Key, Series, SeriesKind
from analysis.endpoints import endpoint_rows
from analysis.model import SpanKind
from analysis.queues import NEEDED as FOR_QUEUES
from analysis.queues import process_rows, queue_names
from analysis.semantics import NEEDED as FOR_ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.columns.table import Rows, SpanTable

NEEDED = (*FOR_ENDPOINTS, *FOR_QUEUES)
"""The attributes that a table must hold for a comparison."""


def series_of(table: SpanTable) -> dict[Key, Series]:
    """Return the series of all endpoints, queues and operations in the traces of a table."""
    rank = np.empty(len(table), np.int64)
    rank[traces_in(table).rows_oldest_first()] = np.arange(len(table))
    found: dict[Key, Series] = {}
    took = np.where(table.unfinished, np.nan, table.duration_ns / 1_000_000)
    for subject, rows, index, names in _subjects(table):
        values = (
            queue_wait_ns(table, senders(table)) / 1_000_000 if subject is SeriesKind.QUEUE_WAIT else took
        )
        for members, (service, name) in zip(_groups(rank, rows, index, len(names)), names, strict=True):
            known = members[np.isfinite(values[members])]
            if len(known):
                found[Key(subject, service, name)] = Series(
                    values[known], table.error[known], table.start_ns[known]
                )
    return dict(sorted(found.items()))


def _subjects(table: SpanTable) -> Iterator[tuple[SeriesKind, Rows, Rows, Sequence[tuple[str, str]]]]:
    """Yield, for each kind of subject, the rows, the subject's index of each, and the services and names."""
    calls = endpoint_rows(table, ~table.is_kind(SpanKind.CONSUMER))
    yield SeriesKind.ENDPOINT, calls.rows, calls.index, calls.keys
    processed = process_rows(table, np.ones(len(table), bool))
    index, queues = queue_names(table, processed)
    yield SeriesKind.QUEUE_WAIT, processed, index, queues
    yield SeriesKind.QUEUE_PROCESSING, processed, index, queues
    operation, names = operations(table)
    yield SeriesKind.OPERATION, np.arange(len(table)), operation, names


def _groups(rank: Rows, rows: Rows, index: Rows, count: int) -> list[Rows]:
    """Return the rows of each subject, by rank."""
    order = np.lexsort((rank[rows], index))
    bounds = np.searchsorted(index[order], np.arange(count + 1))
    return [rows[order[begin:end]] for begin, end in itertools.pairwise(bounds.tolist())]
