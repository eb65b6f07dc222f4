"""Call coupon_api back with `requests`, from threads, each call in its entry's trace."""

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
# Timeouts to connect and to wait for bytes. No retries here: the queue delivers the entry again.
TIMEOUT_SECONDS = (3.0, 5.0)
# 4xx answers that do not depend on the entry: not authorized, not now, too many requests.
_NOT_THE_ENTRYS = frozenset({401, 403, 407, 408, 425, 429})


class Callback:
    """Handler of `coupon.issued`.

    An entry is at fault only if the API understands the call and refuses it with a 4xx. After a 5xx or
    no answer, the API or its database is at fault. Such entries wait, and are delivered when it is
    back.
    """

    def __init__(self, api_url: str) -> None:
        """Prepare calls to the API at `api_url`, a URL without a trailing slash."""
        self._url = f"{api_url}/deliveries"
        # The event loop's own pool has about as many threads as cores: too few for threads that only wait.
        self._threads = ThreadPoolExecutor(_CONCURRENCY, "callback")
        # A session keeps its connection, and only one thread may use it at a time.
        self._sessions: asyncio.LifoQueue[requests.Session] = asyncio.LifoQueue()
        for _ in range(_CONCURRENCY):
            self._sessions.put_nowait(requests.Session())

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        """Call back for each entry of a batch."""
        await asyncio.gather(*(self._notify(delivery) for delivery in batch))

    async def close(self) -> None:
        """Close the connections after the current calls have ended."""
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
            # If this were raised, the whole batch would be called again.
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
