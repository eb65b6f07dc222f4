"""`python -m sample_services.load`: a short, limited and realistic load on coupon_api.

The load creates one campaign. More users request coupons than there are, and one in ten requests is a
repetition. Some users read the campaign, and some wait for their outcome.
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
    """Result of a load.

    Attributes:
        campaign_id: Id of the created campaign.
        requests: Number of HTTP requests.
        accepted: Number of accepted requests for coupons (202).
        statuses: Number of answers by HTTP status; `error` counts requests without an answer.
        outcomes: Number of outcomes of the polled requests; `pending` counts those without one when time was up.
        request_ids: Ids of the accepted requests for coupons.
        trace_ids: Trace ids of the accepted requests, in hex, from the API's answers.
        seconds: Time from the first request to the last outcome, in seconds.
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
        """Return the result as plain dictionaries and lists, for JSON."""
        values = {it.name: getattr(self, it.name) for it in fields(self)}
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in values.items()}


def run_load(url: str, requests: int, concurrency: int = 8, timeout: float = 60.0) -> LoadResult:
    """Send a load and wait for its outcomes.

    Args:
        url: URL of coupon_api.
        requests: Number of requests for coupons.
        concurrency: Number of requests under way at a time.
        timeout: Time after which unfinished requests are abandoned, in seconds.

    Raises:
        httpx.HTTPError: No campaign could be created.
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
    """Return the user of a request. Every tenth request repeats the user of the one before."""
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
    """Request a coupon, and retry after each 429; return None if there is no answer."""
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
        f"{result.requests} requests in {result.seconds:.1f} s ({told(result.statuses)}), "
        f"{result.accepted} coupons requested in campaign {result.campaign_id}; "
        f"outcomes of {result.outcomes.total()}: {told(result.outcomes)}"
    )


def main() -> int:
    """Run the command. Return 0 if every request was accepted and decided, else 1."""
    parser = argparse.ArgumentParser(prog="python -m sample_services.load", description="Load on coupon_api.")
    parser.add_argument("--url", required=True, help="URL of coupon_api")
    parser.add_argument("--requests", type=int, default=100, help="number of coupons to request")
    parser.add_argument("--concurrency", type=int, default=8, help="number of requests under way at a time")
    parser.add_argument("--timeout", type=float, default=60.0, help="time limit in seconds")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    if options.requests < 1 or options.concurrency < 1:
        parser.error("--requests and --concurrency must be whole numbers of at least 1")
    try:
        result = run_load(options.url, options.requests, options.concurrency, options.timeout)
    except httpx.HTTPError as error:
        sys.stderr.write(f"no load on {options.url}: {error or type(error).__name__}\n")
        return 1
    sys.stdout.write((json.dumps(result.to_dict()) if options.json else _summary(result)) + "\n")
    return 0 if result.accepted == options.requests and not result.outcomes["pending"] else 1


if __name__ == "__main__":
    sys.exit(main())
