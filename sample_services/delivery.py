"""One delivery of a stream's entry to a handler, with the handler's verdict."""

from __future__ import annotations

import time
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context
    from opentelemetry.trace import Span


class Verdict(Enum):
    """Result of one delivery of an entry.

    DONE removes the entry from the stream. POSTPONED leaves it pending and does not count, because the entry is
    not at fault. FAILED leaves it pending and counts, up to the maximum number of deliveries. REJECTED makes
    it a dead letter at once.
    """

    DONE = auto()
    POSTPONED = auto()
    FAILED = auto()
    REJECTED = auto()


class Delivery:
    """One delivery of an entry.

    Its process span starts with its processing: at the first access to `span` or `context`. If a handler processes
    a batch a few entries at a time, the other entries still count as waiting.

    Attributes:
        id: Id of the entry in Redis.
        fields: Fields of the entry.
        began: Start of its processing, by `time.perf_counter`; None before.
        count: Number of counted deliveries, including this one.
        verdict: Result of the delivery; DONE unless the handler changes it.
        error: Error that prevented the processing; None after success.
        reason: The `dead.reason` of a rejected entry.
    """

    __slots__ = ("_begin", "_begun", "began", "count", "error", "fields", "id", "reason", "verdict")

    def __init__(
        self,
        id: str,  # noqa: A002
        fields: dict[str, str],
        begin: Callable[[], tuple[Span, Context]],
        count: int = 1,
    ) -> None:
        """Prepare the delivery of an entry; `begin` starts its process span."""
        self.id = id
        self.fields = fields
        self.count = count
        self.verdict = Verdict.DONE
        self.error: Exception | None = None
        self.reason = ""
        self.began: float | None = None
        self._begin = begin
        self._begun: tuple[Span, Context] | None = None

    @property
    def begun(self) -> bool:
        """Whether its processing has started."""
        return self._begun is not None

    @property
    def span(self) -> Span:
        """Process span of the delivery; the consumer ends it."""
        return self._work()[0]

    @property
    def context(self) -> Context:
        """Trace context for its processing."""
        return self._work()[1]

    def fail(self, error: Exception) -> None:
        """Mark a failure by the entry's own fault: it is delivered again, up to the limit."""
        self.verdict, self.error = Verdict.FAILED, error

    def postpone(self, error: Exception) -> None:
        """Mark a failure by an outage: the entry is delivered again without a limit until the outage ends."""
        self.verdict, self.error = Verdict.POSTPONED, error

    def reject(self, error: Exception, reason: str) -> None:
        """Mark an entry that can never be processed: it becomes a dead letter, with a reason in one word."""
        self.verdict, self.error, self.reason = Verdict.REJECTED, error, reason

    def _work(self) -> tuple[Span, Context]:
        if self._begun is None:
            self._begun, self.began = self._begin(), time.perf_counter()
        return self._begun
