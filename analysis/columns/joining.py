"""How rows find each other: trace ids as indexes, spans by id, repeats, circles of parents."""

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
    """Number trace ids by their order.

    Args:
        rows: 16 bytes a row.
        links: 16 bytes a link.

    Returns:
        The number of each row's trace, that of each link's, and the ids as text by number. Links to traces without
        a row have numbers, too.
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
    """The rows to keep, in the table's order: all but those that repeat another one in every column."""
    order = np.lexsort((span_id, -end, start, trace))
    if len(order) and _equal_neighbours(order, trace, span_id, start, end).any():
        # Seldom: then also by the rest, so that repeats are neighbours.
        order = np.lexsort((*others, span_id, -end, start, trace))
        repeats = np.r_[False, _equal_neighbours(order, trace, span_id, start, end, *others)]
        kept: Rows = order[~repeats]
        return kept
    return order


def _equal_neighbours(order: Rows, *columns: NDArray[Any]) -> Mask:
    """For each row in order but the first: whether it equals the one before it in every column."""
    pairs = ((column[order[1:]], column[order[:-1]]) for column in columns)
    equal: Mask = np.logical_and.reduce([one == other for one, other in pairs])
    return equal


def by_id(
    trace: Rows, span_id: NDArray[np.uint64]
) -> tuple[Callable[[Rows, NDArray[np.uint64]], Rows], list[list[int]]]:
    """How to find rows by trace and span id.

    Returns:
        A function that finds them, the first of several, -1 where there is none; and the rows of each id that several
        rows share, in the table's order.
    """
    known, index = np.unique(span_id, return_inverse=True)
    # Exact, unlike a hash: both factors are counts of rows.
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
    """Find the parents again, in place, of rows that share an id and of rows below such an id.

    The rule of `model.Trace`: of a client's and a server's span with one id the server's is the client's child; what
    is below the id belongs to the row of its own service, else to the server's, else to the first.

    Args:
        shared: see `by_id`.
        parent: of each row; of a shared id the first of its rows.
        is_root: whether a row names no parent.
        service: of each row.
        kind: of each row.
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
    """Follow pointers to their end: `up` holds each row's next row, itself at the end.

    Takes as many steps as the depth has binary digits. A row whose pointers run in a circle gets one of the circle.
    """
    for _ in range(max(1, len(up)).bit_length()):
        further = up[up]
        if np.array_equal(further, up):
            break
        up = further
    return up


def cut_circles(parent: Rows) -> Mask:
    """Make the first row of each circle of parents a top, in place; returns which rows that are."""
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
