"""Times of spans: self time, time of descendants, and queue wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.intervals import covered
from analysis.columns.joining import topmost
from analysis.columns.table import NOWHERE
from analysis.model import SpanKind
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.columns.table import Mask, Rows, SpanTable


def self_time_ns(table: SpanTable) -> Rows:
    """Return each span's duration minus the time that its children cover, each child cut to its parent's time.

    This is the rule of Jaeger's UI (`compute-span-self-time`). The result is at least 0.
    """
    child = np.flatnonzero(table.parent != NOWHERE)
    return table.duration_ns - _within(table, child, table.parent[child])


def owner_of(table: SpanTable, is_owner: Mask) -> Rows:
    """Return the nearest owner at or above each span; -1 if there is none.

    Args:
        table: the spans.
        is_owner: mask of the owners; an owner owns its descendants down to the next owner.
    """
    rows = np.arange(len(table))
    up = np.where(is_owner | (table.parent == NOWHERE), rows, table.parent)
    ends = topmost(up)
    return np.where(is_owner[ends], ends, NOWHERE)


def time_within_ns(table: SpanTable, chosen: Mask, owner: Rows) -> Rows:
    """Return the time of each owner that its chosen spans cover, each span cut to the owner's time.

    Args:
        table: the spans.
        chosen: mask of the spans to count.
        owner: owner of each span; -1 for none.
    """
    rows = np.flatnonzero(chosen & (owner != NOWHERE) & (owner != np.arange(len(table))))
    return _within(table, rows, owner[rows])


def senders(table: SpanTable) -> Rows:
    """Return the producer of each consumer's message: its parent, or the linked producer with the latest end.

    The result is -1 for other kinds, and if the producer is not in the table.
    """
    producer, consumer = table.is_kind(SpanKind.PRODUCER), table.is_kind(SpanKind.CONSUMER)
    sender = np.full(len(table), NOWHERE, np.int64)
    usable = (table.link_target != NOWHERE) & consumer[table.link_row]
    row, target = table.link_row[usable], table.link_target[usable]
    usable = producer[target]
    row, target = row[usable], target[usable]
    order = np.lexsort((-target, table.end_ns[target]))  # of several, the last assignment stays
    sender[row[order]] = target[order]
    has_parent = consumer & (table.parent != NOWHERE)
    has_parent[has_parent] = producer[table.parent[has_parent]]
    sender[has_parent] = table.parent[has_parent]
    return sender


def queue_wait_ns(table: SpanTable, sender: Rows) -> NDArray[np.float64]:
    """Return the queue wait of each consumer's message; NaN if unknown.

    It is the consumer's attribute `messaging.redis.queue_wait_ms`, or else the time from the producer's end to the
    consumer's start, at least 0. The table must hold that attribute.
    """
    wait = np.full(len(table), np.nan)
    known = sender != NOWHERE
    known[known] = ~table.unfinished[sender[known]]
    wait[known] = np.maximum(0, table.start_ns[known] - table.end_ns[sender[known]])
    said = table.number(QUEUE_WAIT_ATTRIBUTE)
    has_word = table.is_kind(SpanKind.CONSUMER) & np.isfinite(said)
    wait[has_word] = np.maximum(0.0, said[has_word] * 1e6)
    return wait


def _within(table: SpanTable, rows: Rows, whole: Rows) -> Rows:
    start = np.maximum(table.start_ns[rows], table.start_ns[whole])
    end = np.minimum(table.end_ns[rows], table.end_ns[whole])
    return covered(whole, start, end, len(table))
