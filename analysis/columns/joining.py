"""Connect rows: number trace ids, find spans by id, drop duplicates, cut cycles of parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.columns.table import KINDS, NOWHERE
from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.columns.table import Codes, Mask, Rows

_SERVER, _CLIENT = KINDS.index(SpanKind.SERVER), KINDS.index(SpanKind.CLIENT)


def dense_ids(rows: bytearray, links: bytearray) -> tuple[Rows, Rows, list[str]]:
    """Number trace ids in sorted order.

    Args:
        rows: trace ids of the rows, 16 bytes each.
        links: trace ids of the links' targets, 16 bytes each.

    Returns:
        The number of each row's trace, the number of each link's trace, and the ids as text by number. Traces that
        occur only in links have numbers too.
    """
    halves = np.frombuffer(bytes(rows + links), ">u8").astype(np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    sorted_ = halves[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (sorted_[1:] != sorted_[:-1]).any(axis=1)
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    ids = [f"{high:016x}{low:016x}" for high, low in sorted_[is_new].tolist()]
    count = len(rows) // 16
    return numbers[:count], numbers[count:], ids


def keep_and_order(
    trace: Rows, span_id: NDArray[np.uint64], start: Rows, end: Rows, *others: NDArray[Any]
) -> Rows:
    """Return the rows to keep, in the table's order: all except those equal to another row in every column."""
    order = np.lexsort((span_id, -end, start, trace))
    if len(order) and _equal_neighbours(order, trace, span_id, start, end).any():
        # Rare, so only now sorted by all columns, which makes duplicates neighbours.
        order = np.lexsort((*others, span_id, -end, start, trace))
        repeats = np.r_[False, _equal_neighbours(order, trace, span_id, start, end, *others)]
        kept: Rows = order[~repeats]
        return kept
    return order


def _equal_neighbours(order: Rows, *columns: NDArray[Any]) -> Mask:
    """Return for each row in order except the first whether it equals the row before it in every column."""
    pairs = ((column[order[1:]], column[order[:-1]]) for column in columns)
    equal: Mask = np.logical_and.reduce([one == other for one, other in pairs])
    return equal


def by_id(
    trace: Rows, span_id: NDArray[np.uint64]
) -> tuple[Callable[[Rows, NDArray[np.uint64]], Rows], list[list[int]]]:
    """Build an index of rows by trace and span id.

    Returns:
        A function that returns the row of each id (the first of several, -1 if there is none), and for each id shared
        by several rows a list of these rows in the table's order.
    """
    known, index = np.unique(span_id, return_inverse=True)
    # Unlike a hash, this key has no collisions. Both factors are counts, so it fits into 64 bits.
    keys = trace * max(1, len(known)) + index
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]

    def find(traces: Rows, spans: NDArray[np.uint64]) -> Rows:
        if not len(known):
            return np.full(len(spans), NOWHERE, np.int64)
        at = np.minimum(np.searchsorted(known, spans), len(known) - 1)
        wanted = traces * len(known) + at
        position = np.minimum(np.searchsorted(in_order, wanted), len(in_order) - 1)
        found = (known[at] == spans) & (in_order[position] == wanted)
        return np.where(found, order[position], NOWHERE)

    return find, _shared(order, in_order)


def _shared(order: Rows, in_order: Rows) -> list[list[int]]:
    repeats = in_order[1:] == in_order[:-1]
    if not repeats.any():
        return []
    bounds = np.flatnonzero(np.r_[True, ~repeats, True])
    several = np.flatnonzero(np.diff(bounds) > 1)
    return [order[bounds[it] : bounds[it + 1]].tolist() for it in several.tolist()]


def tell_apart(
    shared: Sequence[Sequence[int]], parent: Rows, is_root: Mask, service: Codes, kind: NDArray[np.int8]
) -> None:
    """Correct in place the parents of rows that share an id and of rows below such an id.

    The rules are those of `model.Trace`. If a client's and a server's span share an id, the server's span is the child
    of the client's. A child of a shared id belongs to the row of its own service, else to the server's row, else to
    the first row.

    Args:
        shared: see `by_id`.
        parent: parent of each row; for a shared id the first row with it.
        is_root: whether a row has no parent id.
        service: service of each row.
        kind: kind of each row.
    """
    heads = np.zeros(len(parent) + 1, bool)  # the last entry is for -1
    members_of = {members[0]: members for members in shared}
    heads[list(members_of)] = True
    for row in np.flatnonzero(heads[parent]).tolist():
        members = members_of[int(parent[row])]
        servers = [one for one in members if kind[one] == _SERVER] if _has_client(members, kind) else []
        own = (one for one in [*servers, *members] if service[one] == service[row])
        parent[row] = next(own, (servers or members)[0])
    for members in shared:
        if _has_client(members, kind):
            client = next(one for one in members if kind[one] == _CLIENT)
            servers = [one for one in members if kind[one] == _SERVER]
            parent[servers] = client
            is_root[servers] = False


def _has_client(members: Sequence[int], kind: NDArray[np.int8]) -> bool:
    return any(kind[one] == _CLIENT for one in members)


def topmost(up: Rows) -> Rows:
    """Return the last row of each row's chain.

    `up` is the next row of each row; the last row points to itself. The number of steps is log2 of the longest chain.
    For a row in or below a cycle, the result is a row of the cycle.
    """
    for _ in range(max(1, len(up)).bit_length()):
        further = up[up]
        if np.array_equal(further, up):
            break
        up = further
    return up


def cut_circles(parent: Rows) -> Mask:
    """Make the first row of each cycle of parents a top, in place. Return the mask of these rows."""
    rows = np.arange(len(parent))
    ends = topmost(np.where(parent == NOWHERE, rows, parent))
    is_cut = np.zeros(len(parent), bool)
    for row in np.flatnonzero(parent[ends] != NOWHERE).tolist():
        circle: dict[int, None] = {}
        while row != NOWHERE and row not in circle:
            circle[row] = None
            row = int(parent[row])
        if row != NOWHERE:
            members = list(circle)
            head = min(members[members.index(row) :])
            parent[head] = NOWHERE
            is_cut[head] = True
    return is_cut
