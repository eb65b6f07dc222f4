"""Decide whether a request waits in Jaeger's queue because of its own spans, or because all requests wait.

The queue is first in, first out. So a request waits because of its own spans if later ones are written before it. If
no other request is written (all may be bad), a test span that bypasses the queue shows whether the storage accepts any.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

# Requests with more spans take longer. Beyond this factor and this time, the size alone does not explain it.
_LONGER, _LONGER_SECONDS = 10.0, 1.0
# Time in which the queue writes nothing while each test span around it is written.
_SILENT_SECONDS = 3.0
# A storage that needs longer for a single span is slow.
_QUICK_SECONDS = 0.5
_LOOK_SECONDS = 1.0
_REMEMBERED = 256


class Pace:
    """Recent writes of the queue, and the speed of the storage without the queue.

    Attributes:
        look_seconds: Time between two tests, in seconds.
    """

    look_seconds = _LOOK_SECONDS

    def __init__(
        self, is_written: Callable[[], Awaitable[bool]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_written, self._clock = is_written, clock
        self._lately: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._last = self._looked = float("-inf")
        self._quick_since: float | None = None
        self._looking = asyncio.Lock()

    def passed(self, began: float) -> None:
        """Record that the queue has written a request, which arrived at `began` of this clock."""
        now = self._clock()
        self._last, self._quick_since = now, None
        self._lately.append((began, now - began))

    async def waits_alone(self, began: float) -> bool:
        """Whether a request that arrived at `began`, and is not written yet, waits because of its own spans."""
        now = self._clock()
        waited = now - began
        if any(later >= began and waited >= _LONGER * took + _LONGER_SECONDS for later, took in self._lately):
            return True
        if now - max(self._last, began) < _SILENT_SECONDS:
            return False
        await self._look()
        return self._quick_since is not None and self._clock() - self._quick_since >= _SILENT_SECONDS

    async def _look(self) -> None:
        async with self._looking:
            now = self._clock()
            if now - self._looked < _LOOK_SECONDS:
                return
            quick = await self._is_written() and self._clock() - now < _QUICK_SECONDS
            self._looked = self._clock()
            if not quick:
                self._quick_since = None
            elif self._quick_since is None and self._last <= now:
                self._quick_since = now
