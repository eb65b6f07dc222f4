"""One entry of a stream in the hands of a handler, and what the handler says of it."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context
    from opentelemetry.trace import Span


class Verdict(Enum):
    """What became of one delivery of an entry.

    DONE takes the entry out of the stream. POSTPONED leaves it pending and does not count, as what failed was
    not the entry. FAILED leaves it pending and counts, until the entry has used up its deliveries. REJECTED makes
    it a dead letter at once.
    """

    DONE = auto()
    POSTPONED = auto()
    FAILED = auto()
    REJECTED = auto()


class Delivery:
    """One entry, delivered.

    Its process span starts when its work does: at the first look at `span` or `context`. In a batch that is worked
    off a few at a time, an entry that waits for its turn still waits, and is not being processed.

    Attributes:
        id: of the entry, as Redis gave it.
        fields: of the entry.
        count: deliveries that count, this one included.
        verdict: done, unless the handler says otherwise.
        error: why it was not done; None when it was.
        reason: the `dead.reason` of an entry that was rejected.
    """

    __slots__ = ("_begin", "_begun", "count", "error", "fields", "id", "reason", "verdict")

    def __init__(
        self,
        id: str,  # noqa: A002
        fields: dict[str, str],
        begin: Callable[[], tuple[Span, Context]],
        count: int = 1,
    ) -> None:
        """Take an entry; `begin` starts its process span."""
        self.id = id
        self.fields = fields
        self.count = count
        self.verdict = Verdict.DONE
        self.error: Exception | None = None
        self.reason = ""
        self._begin = begin
        self._begun: tuple[Span, Context] | None = None

    @property
    def begun(self) -> bool:
        """Whether its work has started."""
        return self._begun is not None

    @property
    def span(self) -> Span:
        """Its process span, which the consumer ends."""
        return self._work()[0]

    @property
    def context(self) -> Context:
        """The context to do its work in."""
        return self._work()[1]

    def fail(self, error: Exception) -> None:
        """The entry's own failure: leave it pending, to be delivered again, but not more often than the limit."""
        self.verdict, self.error = Verdict.FAILED, error

    def postpone(self, error: Exception) -> None:
        """A failure of something else: leave it pending, to be delivered again until that is back."""
        self.verdict, self.error = Verdict.POSTPONED, error

    def reject(self, error: Exception, reason: str) -> None:
        """It can never be done: make it a dead letter, under a reason in one word."""
        self.verdict, self.error, self.reason = Verdict.REJECTED, error, reason

    def _work(self) -> tuple[Span, Context]:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun
