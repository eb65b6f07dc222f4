"""`python -m sample_services.load`: a short, bounded and realistic load on coupon_api.

One campaign; users who ask for a coupon (one in ten a second time, and more of them than there are
coupons); some look at the campaign, and some wait for their outcome.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

_DUPLICATE_EVERY = 10
_READ_EVERY = 5
_POLLED = 20
_POLL_SECONDS = 0.05
_STOCK_SHARE = 0.8
_LONGEST_PAUSE_SECONDS = 30


@dataclass(slots=True)
class LoadResult:
    """What a load did.

    Attributes:
        campaign_id: of the campaign it made.
        requests: HTTP requests sent.
        accepted: requests for coupons that were taken (202).
        statuses: answers by HTTP status; `error` counts those that never came.
        outcomes: of the requests it waited for; `pending` when the time was up.
        request_ids: of the requests for coupons that were taken.
        trace_ids: of those requests, in hex, as the API told them.
        seconds: from the first request to the last outcome.
    """

    campaign_id: str = ""
    requests: int = 0
    accepted: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    request_ids: list[str] = field(default_factory=list)
    trace_ids: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The same in plain dictionaries and lists, for JSON."""
        values = {it.name: getattr(self, it.name) for it in fields(self)}
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in values.items()}


def run_load(url: str, requests: int, concurrency: int = 8, timeout: float = 60.0) -> LoadResult:
    """Send a load and wait for its outcomes.

    Args:
        url: of coupon_api.
        requests: how many coupons are asked for.
        concurrency: how many requests are under way at a time.
        timeout: seconds after which what is not done is left.

    Raises:
        httpx.HTTPError: no campaign could be made.
    """
    return asyncio.run(_run(url, requests, concurrency, timeout))


async def _run(url: str, requests: int, concurrency: int, timeout: float) -> LoadResult:
    result = LoadResult()
    began = time.monotonic()
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=10, trust_env=False) as client:
        users = requests - requests // _DUPLICATE_EVERY
        stock = max(1, int(users * _STOCK_SHARE))
        answer = await client.post("/campaigns", json={"name": "load", "stock": stock})
        answer.raise_for_status()
        _count(result, answer)
        result.campaign_id = answer.json()["id"]
        numbers = iter(range(requests))
        polled: list[str] = []
        try:
            async with asyncio.timeout(timeout):
                await asyncio.gather(
                    *(_worker(client, result, numbers) for _ in range(min(concurrency, requests)))
                )
                await _get(client, result, "/campaigns?limit=1")
                polled = result.request_ids[:: max(1, len(result.request_ids) // _POLLED)]
                await asyncio.gather(*(_poll(client, result, request_id) for request_id in polled))
        except TimeoutError:
            result.outcomes["pending"] += max(1, len(polled) - result.outcomes.total())
    result.seconds = time.monotonic() - began
    return result


def _user(number: int) -> str:
    """Whoever asks in this request: every tenth asks for the one before."""
    return f"user-{number - (number + 1) // _DUPLICATE_EVERY}"


async def _worker(client: httpx.AsyncClient, result: LoadResult, numbers: Iterator[int]) -> None:
    for number in numbers:
        path = f"/campaigns/{result.campaign_id}"
        if number % _READ_EVERY == 0:
            await _get(client, result, path)
        answer = await _ask(client, result, f"{path}/coupons", _user(number))
        if answer is not None and answer.status_code == 202:
            result.accepted += 1
            result.request_ids.append(answer.json()["request_id"])
            if "x-trace-id" in answer.headers:
                result.trace_ids.append(answer.headers["x-trace-id"])


async def _ask(client: httpx.AsyncClient, result: LoadResult, path: str, user: str) -> httpx.Response | None:
    """Ask for a coupon, and again when the API says that it is to be later; None when no answer came."""
    while True:
        try:
            answer = await client.post(path, json={"user_id": user})
        except httpx.HTTPError:
            _count(result, None)
            return None
        _count(result, answer)
        if answer.status_code != 429:
            return answer
        after = answer.headers.get("retry-after", "")
        await asyncio.sleep(min(int(after), _LONGEST_PAUSE_SECONDS) if after.isdecimal() else 1)


async def _poll(client: httpx.AsyncClient, result: LoadResult, request_id: str) -> None:
    while True:
        answer = await _get(client, result, f"/coupons/{request_id}")
        if answer is not None and answer.status_code == 200:
            outcome = answer.json()
            if outcome["status"] in {"delivered", "rejected"}:
                result.outcomes[outcome["reason"] or outcome["status"]] += 1
                return
        await asyncio.sleep(_POLL_SECONDS)


async def _get(client: httpx.AsyncClient, result: LoadResult, path: str) -> httpx.Response | None:
    try:
        answer = await client.get(path)
    except httpx.HTTPError:
        answer = None
    _count(result, answer)
    return answer


def _count(result: LoadResult, answer: httpx.Response | None) -> None:
    result.requests += 1
    result.statuses["error" if answer is None else str(answer.status_code)] += 1


def _summary(result: LoadResult) -> str:
    def told(counts: Counter[str]) -> str:
        return ", ".join(f"{key} {count}" for key, count in sorted(counts.items())) or "none"

    return (
        f"{result.requests} requests in {result.seconds:.1f} s ({told(result.statuses)}); "
        f"{result.accepted} coupons asked for in campaign {result.campaign_id}; "
        f"outcomes of {result.outcomes.total()}: {told(result.outcomes)}"
    )


def main() -> int:
    """Run the command; 0 when everything asked for was accepted and decided, else 1."""
    parser = argparse.ArgumentParser(prog="python -m sample_services.load", description="Load on coupon_api.")
    parser.add_argument("--url", required=True, help="of coupon_api")
    parser.add_argument("--requests", type=int, default=100, help="coupons to ask for")
    parser.add_argument("--concurrency", type=int, default=8, help="requests under way at a time")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    if options.requests < 1 or options.concurrency < 1:
        parser.error("--requests and --concurrency are whole numbers from 1 on")
    try:
        result = run_load(options.url, options.requests, options.concurrency, options.timeout)
    except httpx.HTTPError as error:
        sys.stderr.write(f"no load on {options.url}: {error or type(error).__name__}\n")
        return 1
    sys.stdout.write((json.dumps(result.to_dict()) if options.json else _summary(result)) + "\n")
    return 0 if result.accepted == options.requests and not result.outcomes["pending"] else 1


if __name__ == "__main__":
    sys.exit(main())
