"""How long after a request ends its whole trace is searchable, on a running native stack that is idle.

Each round asks for one coupon, takes the time when the notifier's delivery is answered, and asks Jaeger for the
trace until all its spans are there. Run in a deployment's folder, after `kit up`: python -m bench.searchable
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import httpx

from kit.operate.runtimes import runtime_in

_EXPECTED = {"POST /campaigns/{campaign_id}/coupons", "process coupon.requests", "process coupon.issued",
             "POST /deliveries"}  # fmt: skip
_GIVE_UP_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds

    runtime = runtime_in(Path("kit.yaml"))
    if runtime is None:
        raise SystemExit("nothing runs here: kit up --target native")
    jaeger = runtime.urls["jaeger"]
    with httpx.Client(base_url=runtime.urls["coupon-api"], timeout=10, trust_env=False) as api:
        campaign = api.post("/campaigns", json={"name": "bench", "stock": rounds + 1}).json()["id"]
        one_round(api, jaeger, campaign, "warm-up")
        taken = [one_round(api, jaeger, campaign, f"user-{index}") for index in range(rounds)]
    whole, found = zip(*taken, strict=True)
    print(f"{rounds} rounds; seconds from the end of the work, median (least, most)")
    print(f"found by id, whole: {_told(whole)}")
    print(f"found by search:    {_told(found)}")


def one_round(api: httpx.Client, jaeger: str, campaign: str, user: str) -> tuple[float, float]:
    """Seconds until the trace is whole by id, and until a search of the last service lists it."""
    answer = api.post(f"/campaigns/{campaign}/coupons", json={"user_id": user})
    trace_id, request_id = answer.headers["X-Trace-Id"], answer.json()["request_id"]
    while api.get(f"/coupons/{request_id}").json()["status"] != "delivered":
        time.sleep(0.002)
    ended = time.perf_counter()
    with httpx.Client(base_url=jaeger, timeout=10, trust_env=False) as query:
        while not _whole(query, trace_id):
            _wait(ended)
        whole = time.perf_counter() - ended
        while not _listed(query, trace_id):
            _wait(ended)
        return whole, time.perf_counter() - ended


def _whole(query: httpx.Client, trace_id: str) -> bool:
    answer = query.get(f"/api/v3/traces/{trace_id}")
    if answer.status_code != 200:
        return False
    resources = answer.json()["result"]["resourceSpans"]
    spans = [span for resource in resources for scope in resource["scopeSpans"] for span in scope["spans"]]
    ids = {span["spanId"] for span in spans}
    parents = {span["parentSpanId"] for span in spans if span.get("parentSpanId")}
    return parents <= ids and {span["name"] for span in spans} >= _EXPECTED


def _listed(query: httpx.Client, trace_id: str) -> bool:
    answer = query.get("/api/traces", params={"service": "coupon-notifier", "limit": 20, "lookback": "10m"})
    return any(trace["traceID"].rjust(32, "0") == trace_id for trace in answer.json()["data"] or [])


def _wait(since: float) -> None:
    if time.perf_counter() - since > _GIVE_UP_SECONDS:
        raise SystemExit(f"not searchable within {_GIVE_UP_SECONDS} s")
    time.sleep(0.01)


def _told(seconds: tuple[float, ...]) -> str:
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}, {max(seconds):.2f})"


if __name__ == "__main__":
    main()
