"""Calls coupon_api back with `requests`, from threads, each call in its entry's trace."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import requests
from opentelemetry import context as otel_context

from ..queues import CAMPAIGN_ATTRIBUTE, CouponRequest, MalformedEntryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.context import Context

    from ..delivery import Delivery

_CONCURRENCY = 8
# Connecting, then waiting for bytes. No retries here: the queue delivers again.
TIMEOUT_SECONDS = (3.0, 5.0)
# What all callers are told alike, whatever they ask for: who are you, not now, too much.
_NOT_THE_ENTRYS = frozenset({401, 403, 407, 408, 425, 429})


class Callback:
    """The handler of `coupon.issued`.

    A call is the entry's own failure only when the API has understood it and refuses it: a 4xx. A
    5xx says that the API, or its database, is not well, and no answer at all says the same; such
    entries wait, and are delivered when it is back.
    """

    def __init__(self, api_url: str) -> None:
        """Prepare calls to the API at `api_url`, a URL without a slash at its end."""
        self._url = f"{api_url}/deliveries"
        # The event loop's own threads are as few as the processors, and these only wait.
        self._threads = ThreadPoolExecutor(_CONCURRENCY, "callback")
        # A session keeps its connection, and is for one thread at a time.
        self._sessions: asyncio.LifoQueue[requests.Session] = asyncio.LifoQueue()
        for _ in range(_CONCURRENCY):
            self._sessions.put_nowait(requests.Session())

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        """Call back for each entry of a batch."""
        await asyncio.gather(*(self._notify(delivery) for delivery in batch))

    async def close(self) -> None:
        """Close the connections, once the calls that are under way have ended."""
        await asyncio.to_thread(self._threads.shutdown)
        while not self._sessions.empty():
            self._sessions.get_nowait().close()

    async def _notify(self, delivery: Delivery) -> None:
        session = await self._sessions.get()
        try:
            request = CouponRequest.from_fields(delivery.fields)
            delivery.span.set_attribute(CAMPAIGN_ATTRIBUTE, request.campaign_id)
            call = partial(self._post, session, request, delivery.context)
            await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except MalformedEntryError as error:
            delivery.reject(error, "malformed")
        except requests.RequestException as error:
            (delivery.fail if _is_refusal(error) else delivery.postpone)(error)
        except Exception as error:
            # Raised, it would have the whole batch called again.
            delivery.fail(error)
        finally:
            self._sessions.put_nowait(session)

    def _post(self, session: requests.Session, request: CouponRequest, context: Context) -> None:
        with _attached(context):
            self._call(session, request)

    def _call(self, session: requests.Session, request: CouponRequest) -> None:
        body = {
            "delivery_id": request.request_id,
            "request_id": request.request_id,
            "campaign_id": request.campaign_id,
        }
        session.post(self._url, json=body, timeout=TIMEOUT_SECONDS).raise_for_status()


def _is_refusal(error: requests.RequestException) -> bool:
    status = error.response.status_code if error.response is not None else 0
    return 400 <= status < 500 and status not in _NOT_THE_ENTRYS


@contextmanager
def _attached(context: Context) -> Iterator[None]:
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)
