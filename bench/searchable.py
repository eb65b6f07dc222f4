"""Time from the end of a request until its whole trace is searchable, on an idle native deployment.

Each round requests one coupon, takes the time when it is delivered, and polls Jaeger until the trace has all its spans.
The benchmark starts its own deployment, or uses a running one with --folder.
Run: python -m bench.searchable
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.paired import ratio
from bench.processes import free_ports
from bench.result import Arguments, Measured, figure

_EXPECTED = {"POST /campaigns/{campaign_id}/coupons", "process coupon.requests", "process coupon.issued",
             "POST /deliveries"}  # fmt: skip
_GIVE_UP_SECONDS = 30
_PORTS = 30


def main() -> None:
    parser = Arguments(__doc__)
    parser.size("--rounds", 20, 2, "requests")
    parser.add_argument("--folder", type=Path, help="folder of a running native deployment")
    parser.run("searchable", measure)


def measure(asked: argparse.Namespace) -> Measured:
    if asked.folder:
        return _measure(asked.folder, asked.rounds)
    with _running() as folder:
        return _measure(folder, asked.rounds)


def _measure(folder: Path, rounds: int) -> Measured:
    urls = json.loads(_kit(folder, "status", "--output", "json"))["urls"]
    with (
        httpx.Client(base_url=urls["coupon-api"], timeout=10, trust_env=False) as api,
        httpx.Client(base_url=urls["jaeger"], timeout=10, trust_env=False) as query,
    ):
        campaign = api.post("/campaigns", json={"name": "bench", "stock": rounds + 1}).json()["id"]
        _round(api, query, campaign, "warm-up")
        taken = [_round(api, query, campaign, f"user-{index}") for index in range(rounds)]
    whole, found = zip(*taken, strict=True)
    return Measured(
        ratios={"found by search : whole by id, seconds": ratio(found, whole)},
        figures={
            "s from the end of the work, whole by id": figure(whole),
            "s from the end of the work, found by search": figure(found),
        },
    )


@contextmanager
def _running() -> Iterator[Path]:
    """Run the default deployment in a temporary folder, on free ports."""
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as name:
        folder, port = Path(name), free_ports(_PORTS)
        (folder / "kit.yaml").write_text(
            f"spec: 1\nname: bench\nports: {{otlp_grpc: {port}, otlp_http: {port + 1}, jaeger: {port + 2}, "
            f"coupon_api: {port + 3}, cql: {port + 4}}}\nnative: {{port_base: {port + 5}}}\n"
        )
        try:
            _kit(folder, "up", "--target", "native")
            yield folder
        finally:
            _kit(folder, "down", "--volumes")


def _kit(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "kit", *arguments]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout


def _round(api: httpx.Client, query: httpx.Client, campaign: str, user: str) -> tuple[float, float]:
    """Return the seconds until the trace is whole by id, and until a search of the last service lists it."""
    answer = api.post(f"/campaigns/{campaign}/coupons", json={"user_id": user})
    trace_id, request_id = answer.headers["X-Trace-Id"], answer.json()["request_id"]
    while api.get(f"/coupons/{request_id}").json()["status"] != "delivered":
        time.sleep(0.002)
    ended = time.perf_counter()
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


if __name__ == "__main__":
    main()
