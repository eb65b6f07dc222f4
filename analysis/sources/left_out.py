"""What a reading leaves out: counted by reason, with the place of the first.

One odd span must not cost the rest of a file or of a window. A reader takes what can be read and notes the rest here.
What comes twice counts once, as a span that comes twice is one span: a Jaeger returns a trace in several searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How much is left out."""

    SPAN = "span"
    FIELD = "field"
    PART = "part"


@dataclass(slots=True)
class Reason:
    """One reason.

    Attributes:
        unit: a span, a field of a span that is kept, or a part of a document that may hold any number of spans.
        text: why, as a message names it.
        count: how many.
        first: where the first stands: file and line if there are any, then the place inside the document.
    """

    unit: Unit
    text: str
    count: int
    first: str


class LeftOut:
    """Counts what is left out.

    Attributes:
        where: where the document that is being read stands; empty for a Jaeger's answer.
        empty: the files that hold no span and nothing that could be one.
    """

    def __init__(self, where: str = "") -> None:
        """Begin with nothing left out."""
        self.where = where
        self.empty: list[str] = []
        self._reasons: dict[tuple[Unit, str], Reason] = {}
        self._seen: dict[int, tuple[Unit, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._reasons)

    def note(self, unit: Unit, text: str, at: str, raw: object, field: str = "") -> None:
        """Count something that is left out.

        Args:
            unit: how much it is.
            text: why.
            at: where in the document the span, or the part, stands.
            raw: the span or the part; the same again does not count.
            field: of a span that is kept, which field.
        """
        place = f"{at}.{field}" if field else at
        first = ": ".join(filter(None, (self.where, place)))
        self._add(hash((unit, text, field, repr(raw))), unit, text, first)

    def add(self, other: LeftOut) -> None:
        """Add what another one counted."""
        self.empty += other.empty
        for identity, key in other._seen.items():
            self._add(identity, *key, other._reasons[key].first)

    def count(self, unit: Unit) -> int:
        """How many of a unit are left out."""
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
