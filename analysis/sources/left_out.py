"""Count the data that a reader leaves out, by reason, with the place of the first.

One invalid span must not prevent reading the rest of a file or a window. A reader takes the valid data and counts the
rest here. Identical data counts once, because a Jaeger may return the same trace in several searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """Unit of left-out data."""

    SPAN = "span"
    FIELD = "field"
    PART = "part"


@dataclass(slots=True)
class Reason:
    """One reason why data was left out.

    Attributes:
        unit: A span, a field of a span that is kept, or a part of a document with any number of spans.
        text: The reason as shown in messages.
        count: Number of units left out.
        first: Place of the first one: file and line if known, then the place in the document.
    """

    unit: Unit
    text: str
    count: int
    first: str


class LeftOut:
    """Counter of left-out data.

    Attributes:
        where: File and line of the current document; empty for a Jaeger's answer.
        empty: Files that hold no span and no invalid data.
    """

    def __init__(self, where: str = "") -> None:
        """Start with zero counts."""
        self.where = where
        self.empty: list[str] = []
        self._reasons: dict[tuple[Unit, str], Reason] = {}
        self._seen: dict[int, tuple[Unit, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._reasons)

    def note(self, unit: Unit, text: str, at: str, raw: object, field: str = "") -> None:
        """Count data that is left out.

        Args:
            unit: what is left out.
            text: the reason.
            at: place of the span or the part in the document.
            raw: the span or the part; identical data is counted once.
            field: name of the field that is left out of a span.
        """
        place = f"{at}.{field}" if field else at
        first = ": ".join(filter(None, (self.where, place)))
        self._add(hash((unit, text, field, repr(raw))), unit, text, first)

    def add(self, other: LeftOut) -> None:
        """Add the counts of another counter."""
        self.empty += other.empty
        for identity, key in other._seen.items():
            self._add(identity, *key, other._reasons[key].first)

    def count(self, unit: Unit) -> int:
        """Return the number of left-out units."""
        return sum(reason.count for reason in self.reasons if reason.unit is unit)

    @property
    def reasons(self) -> list[Reason]:
        """All reasons: spans first, then the most frequent."""
        order = list(Unit)
        return sorted(self._reasons.values(), key=lambda it: (order.index(it.unit), -it.count, it.text))

    def _add(self, identity: int, unit: Unit, text: str, first: str) -> None:
        if identity in self._seen:
            return
        self._seen[identity] = (unit, text)
        reason = self._reasons.get((unit, text))
        if reason is None:
            self._reasons[unit, text] = Reason(unit, text, 1, first)
        else:
            reason.count += 1
