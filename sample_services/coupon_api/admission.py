"""Who is worked for now, who waits for a turn, and who is asked to come back later.

More requests at once make none of them faster, and each holds connections to Redis and the database. So a bounded
number is worked for, a bounded number waits, in the order of arrival and for a bounded time, and all others are
answered 429 with `Retry-After` at the cost of hardly any work.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from opentelemetry import trace
from prometheus_client import Gauge

from .failures import BusyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from fastapi import Request, Response

AT_ONCE = 64
WAITING = 2_048
PATIENCE_SECONDS = 5.0
WAITED = "coupon.admission.wait_ms"

_waiting = Gauge("coupon_api_waiting_requests", "Requests that wait for their turn.")


class Admission:
    """The turns of one application."""

    def __init__(
        self, at_once: int = AT_ONCE, waiting: int = WAITING, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Open the door.

        Args:
            at_once: requests that are worked for.
            waiting: requests that may wait for their turn.
            patience_seconds: how long one waits at most.
        """
        self._turns = asyncio.Semaphore(at_once)
        self._most = waiting
        self._patience = patience_seconds
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Work inside, when it is this request's turn; its wait is noted on the current span.

        Raises:
            BusyError: too many wait already, or its turn has not come in time.
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
        _waiting.set(self._waiting)
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise BusyError(f"its turn has not come within {self._patience:g} s") from None
        finally:
            self._waiting -= 1
            _waiting.set(self._waiting)
            trace.get_current_span().set_attribute(WAITED, (time.monotonic() - began) * 1000)


class AdmittedRoute(APIRoute):
    """A route whose requests take turns; they do so before their bodies are read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's own handler."""
        handle = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            admission: Admission = request.app.state.admission
            async with admission.turn():
                return await handle(request)

        return admitted
