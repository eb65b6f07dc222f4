"""Admission: process some requests at once, let some wait for a turn, and answer the others with 429.

More requests at once make none of them faster, and each holds connections to Redis and the database. So the number of
processed requests is limited. A limited number waits, in the order of arrival and for a limited time. All others are
answered 429 with `Retry-After`, which costs hardly any work.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from opentelemetry import trace

from ..telemetry.instruments import up_down_counter
from .failures import BusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from fastapi import Request, Response

AT_ONCE = 64
WAITING = 2_048
PATIENCE_SECONDS = 5.0
WAITED = "coupon.admission.wait_ms"

_waiting = up_down_counter("coupon.api.waiting", "{request}", "Requests that wait for their turn.")


class Admission:
    """Turns of one application's requests."""

    def __init__(
        self, at_once: int = AT_ONCE, waiting: int = WAITING, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Set the limits.

        Args:
            at_once: Maximum number of requests that are processed at once.
            waiting: Maximum number of requests that wait for a turn.
            patience_seconds: Longest wait of a request, in seconds.
        """
        self._turns = asyncio.Semaphore(at_once)
        self._most = waiting
        self._patience = patience_seconds
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it until the end of the block. The wait is recorded on the current span.

        Raises:
            BusyError: Too many requests wait already, or the turn has not come in time.
        """
        if self._turns.locked():
            await self._wait()
        else:
            await self._turns.acquire()
        try:
            yield
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        if self._waiting >= self._most:
            raise BusyError(f"{self._most} requests wait already")
        began = time.monotonic()
        self._waiting += 1
        _waiting.add(1)
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise BusyError(f"no turn came free within {self._patience:g} s") from None
        finally:
            self._waiting -= 1
            _waiting.add(-1)
            trace.get_current_span().set_attribute(WAITED, (time.monotonic() - began) * 1000)


class AdmittedRoute(APIRoute):
    """A route whose requests wait for a turn before their bodies are read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's own handler, wrapped in a turn."""
        handle = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            admission: Admission = request.app.state.admission
            async with admission.turn():
                return await handle(request)

        return admitted
