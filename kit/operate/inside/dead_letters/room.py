"""Limit the memory for request bodies: a body is read only when there is room for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """Memory for bodies, in bytes. A request that does not fit waits until others are done."""

    def __init__(self, limit: int) -> None:
        self._limit, self._taken = limit, 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def of(self, size: int) -> AsyncIterator[None]:
        """Reserve room for a body, until the end of the block."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken + size <= self._limit or self._taken == 0)
            self._taken += size
        try:
            yield
        finally:
            async with self._changed:
                self._taken -= size
                self._changed.notify_all()
