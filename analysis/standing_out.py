"""Find what distinguishes slow calls: attribute values and descendant spans that they have more often than others.

The idea is from Tempo's `compare()` and Honeycomb's BubbleUp. A value stands out if all of this is true:

- its share among slow calls is at least 10 points larger than among the others
- at least five slow calls have it
- the difference is significant at 5 % (Fisher's exact test, one-sided, Bonferroni-corrected for all values tested)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Rows, SpanTable
    from analysis.endpoints import EndpointRows
    from analysis.model import AttributeValue

SLOW_SHARE = 0.1
"""Share of an endpoint's calls that count as slow."""

LEAST_SLOW = 5
_LEAST_DIFFERENCE = 0.1
_SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True)
class Trait:
    """An attribute value or a span that slow calls have more often."""

    span: Annotated[str | None, "name of the span that has it, or null for the endpoint's span"]
    key: Annotated[str | None, "key of the attribute, or null if the span itself stands out"]
    value: Annotated[str | None, "the attribute's value as text"]
    slow: Annotated[int, "slow calls that have it"]
    others: Annotated[int, "other calls that have it"]
    slow_share: Annotated[float, "share of the slow calls that have it, 0 to 1"]
    other_share: Annotated[float, "share of the other calls that have it, 0 to 1"]
    p_corrected: Annotated[float, "p-value, 0 to 1; Fisher's exact test, Bonferroni-corrected"]


@dataclass(frozen=True, slots=True)
class StandingOut:
    """Traits that distinguish the slowest tenth of the calls."""

    slow: Annotated[int, "calls among the slowest tenth"]
    others: Annotated[int, "the other calls"]
    traits: Annotated[list[Trait], "traits that stand out, largest difference first"]


def slow_among(table: SpanTable, calls: EndpointRows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the mask of the slow calls: the slowest tenth of each endpoint."""
    took, finished = table.duration_ns[calls.rows], ~table.unfinished[calls.rows]
    is_slow = np.zeros(len(calls.rows), bool)
    for number in range(len(calls.keys)):
        members = np.flatnonzero((calls.index == number) & finished)
        count = int(len(members) * SLOW_SHARE)
        is_slow[members[np.lexsort((members, -took[members]))][:count]] = True
    return is_slow


def standing_out(table: SpanTable, calls: EndpointRows, owner: Rows) -> StandingOut:
    """Find what slow calls have more often than the others.

    Args:
        table: all spans, with all their attributes.
        calls: the calls to compare.
        owner: for each span, the row of its endpoint; see `times.owner_of`.
    """
    is_slow = slow_among(table, calls)
    slow, others = int(is_slow.sum()), int((~is_slow).sum())
    if slow < LEAST_SLOW:
        return StandingOut(slow, others, [])
    place = np.full(len(table) + 1, NOWHERE, np.int64)  # the last entry is for spans without an owner
    place[calls.rows] = np.arange(len(calls.rows))
    found = [one for one in _counted(table, calls.rows, place[owner], is_slow) if one[3] >= LEAST_SLOW]
    traits = []
    for where, key, value, with_slow, with_others in found:
        shares = with_slow / slow, with_others / others
        if shares[0] - shares[1] < _LEAST_DIFFERENCE:
            continue
        p = min(1.0, len(found) * _chance(with_slow, with_others, slow, others))
        if p < _SIGNIFICANCE:
            text = _text(value) if key else None
            traits.append(Trait(where or None, key or None, text, with_slow, with_others, *shares, p))
    traits.sort(key=lambda it: (it.other_share - it.slow_share, it.span or "", it.key or "", it.value or ""))
    return StandingOut(slow, others, traits)


def _counted(
    table: SpanTable, rows: Rows, place: Rows, is_slow: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Iterator[tuple[str, str, AttributeValue, int, int]]:
    """Yield each trait with the number of slow calls and of other calls that have it."""
    below = np.flatnonzero(place != NOWHERE)
    below = below[~np.isin(below, rows)]
    names = table.name[below].astype(np.int64)
    for name, slow, others in _by_value(names, place[below], is_slow):
        yield table.texts[name], "", None, slow, others
    for slow, others in [(int(table.error[rows[is_slow]].sum()), int(table.error[rows[~is_slow]].sum()))]:
        yield "", "error", True, slow, others
    for key in table.keys:
        codes = table.codes(key)
        own = codes[rows]
        has = own != NOWHERE
        for code, slow, others in _by_value(own[has].astype(np.int64), np.flatnonzero(has), is_slow):
            yield "", key, table.values[code], slow, others
        inner = codes[below].astype(np.int64)
        has = inner != NOWHERE
        both = names[has] * (len(table.values) + 1) + inner[has]
        for one, slow, others in _by_value(both, place[below][has], is_slow):
            name, code = divmod(one, len(table.values) + 1)
            yield table.texts[name], key, table.values[code], slow, others


def _by_value(
    values: Rows, of_call: Rows, is_slow: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Iterator[tuple[int, int, int]]:
    """Yield each value with the number of slow and of other calls that have it, counting each call once."""
    pairs = np.unique(np.stack([values, of_call]), axis=1) if len(values) else np.zeros((2, 0), np.int64)
    found, index = np.unique(pairs[0], return_inverse=True)
    slow = np.bincount(index.reshape(-1), weights=is_slow[pairs[1]], minlength=len(found))
    every = np.bincount(index.reshape(-1), minlength=len(found))
    for value, with_slow, with_any in zip(found.tolist(), slow.tolist(), every.tolist(), strict=True):
        yield value, int(with_slow), int(with_any - with_slow)


def _text(value: AttributeValue) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _chance(with_slow: int, with_others: int, slow: int, others: int) -> float:
    """Return the one-sided p-value of Fisher's exact test: this many slow calls or more have it by chance."""
    having, everyone = with_slow + with_others, slow + others
    whole = _ways(everyone, slow)
    tail = [
        math.exp(_ways(having, k) + _ways(everyone - having, slow - k) - whole)
        for k in range(with_slow, min(having, slow) + 1)
        if slow - k <= everyone - having
    ]
    return min(1.0, math.fsum(tail))


def _ways(among: int, choose: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return math.lgamma(among + 1) - math.lgamma(choose + 1) - math.lgamma(among - choose + 1)
