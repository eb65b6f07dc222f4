"""Calls coupon_api back with `requests`, from threads, each call in its entry's trace."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from opentelemetry import context as otel_context

from ..queues import CAMPAIGN_ATTRIBUTE, CouponRequest, MalformedEntryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.context import Context

    from ..stream_consumer import Delivery

_CONCURRENCY = 8
# Connecting, then waiting for bytes. No retries here: the queue delivers again.
_TIMEOUT_SECONDS = (3.0, 5.0)


class Callback:
    """The handler of `coupon.issued`."""

    def __init__(self, api_url: str) -> None:
        """Prepare calls to the API at `api_url`, a URL without a slash at its end."""
        self._url = f"{api_url}/deliveries"
        # A session keeps its connection, and is for one thread at a time.
        self._sessions: asyncio.LifoQueue[requests.Session] = asyncio.LifoQueue()
        for _ in range(_CONCURRENCY):
            self._sessions.put_nowait(requests.Session())

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        """Call back for each entry of a batch; an entry whose call failed stays pending."""
        await asyncio.gather(*(self._notify(delivery) for delivery in batch))

    async def close(self) -> None:
        """Close the connections."""
        while not self._sessions.empty():
            self._sessions.get_nowait().close()

    async def _notify(self, delivery: Delivery) -> None:
        session = await self._sessions.get()
        try:
            request = CouponRequest.from_fields(delivery.fields)
            delivery.span.set_attribute(CAMPAIGN_ATTRIBUTE, request.campaign_id)
            with _attached(delivery.context):
                await asyncio.to_thread(self._post, session, request)
        except (requests.RequestException, MalformedEntryError) as error:
            delivery.fail(error)
        finally:
            self._sessions.put_nowait(session)

    def _post(self, session: requests.Session, request: CouponRequest) -> None:
        body = {
            "delivery_id": request.request_id,
            "request_id": request.request_id,
            "campaign_id": request.campaign_id,
        }
        session.post(self._url, json=body, timeout=_TIMEOUT_SECONDS).raise_for_status()


@contextmanager
def _attached(context: Context) -> Iterator[None]:
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)
