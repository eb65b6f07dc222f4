"""`kit doctor` while queues fill: in a file of its own, since its deployment is another."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from sample_services.load import run_load
from tests.doctor.asking import doctor, outcome, soon
from tests.native.faults import hung
from tests.native.stack import Stack, running

pytestmark = pytest.mark.native


def test_queues_that_fill_and_spans_that_an_sdk_dropped(tmp_path: Path) -> None:
    """Jaeger hangs, and more comes than the smallest queue takes; the services hold 64 spans and send every 5 s."""
    spec = (
        "native: {storage: memory}\ncollector: {queue: {size: 16MiB}}\n"
        "tracing: {queue: 64, export_delay: 5s}\n"
    )
    with running(tmp_path / "deployment", spec) as small:
        dropped: list[dict[str, Any]] = []
        # How much a load sends in the five seconds is the machine's to say.
        for _ in range(10):
            run_load(small.api, 120, 16, 60)
            losses = [
                line for check, line in doctor(small)[1].items() if check.startswith("losses of coupon-")
            ]
            if dropped := [line for line in losses if "dropped by the SDK (queue_full)" in line["found"]]:
                break
        assert dropped, losses
        assert {line["outcome"] for line in dropped} == {"warn"}
        with hung(small, "jaeger"):
            shares = [fill(small, 0.6), fill(small, 0.95)]
        soon(small, lambda now: outcome(now, "queue of collector") == "pass")
    assert shares == ["warn", "fail"]


def fill(stack: Stack, share: float) -> str:
    """Send spans until the collector's queue is full to a share of it; what the doctor says then."""
    capacity = 32_768
    for _ in range(40):
        line = doctor(stack)[1]["queue of collector"]
        queued = int(line["found"].partition(" ")[0].replace(",", ""))
        assert f"of {capacity:,} spans" in line["needed"]
        lacks = int(capacity * share) - queued
        if lacks <= 0:
            return str(line["outcome"])
        spans = [_span() for _ in range(lacks + 100)]
        body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
        httpx.post(f"{stack.otlp_http}/v1/traces", json=body, trust_env=False, timeout=120)
    raise AssertionError("the queue does not fill")


def _span() -> dict[str, object]:
    now = time.time_ns()
    return {
        "traceId": os.urandom(16).hex(), "spanId": os.urandom(8).hex(), "name": "filling", "kind": 1,
        "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1000),
    }  # fmt: skip
