"""`kit slo` on a native deployment whose requests are slower than the objective."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from kit.provision import Program
from tests.native.stack import Stack, running
from tests.patience import ANSWER_S, until

pytestmark = pytest.mark.native

# The fault makes each request for a coupon wait for 300 ms.
SPEC = """monitoring: {enabled: true, interval: 1s}
native: {monitoring: true, storage: badger}
objectives:
  - {service: coupon-api, success: 99%}
  - {service: coupon-api, endpoint: "POST /campaigns/{campaign_id}/coupons", p99: 200ms}
  - {service: coupon-issuer, success: 99%}
"""
ENDPOINT = "POST /campaigns/{campaign_id}/coupons"
REQUESTS = 150


@pytest.fixture(scope="module")
def stack(prometheus: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    del prometheus
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTS", "cache_stampede")
        with running(tmp_path_factory.mktemp("slo") / "stack", SPEC) as stack:
            yield stack


def _objectives(stack: Stack) -> dict[str, dict[str, Any]]:
    answer = json.loads(stack.kit("slo", "--output", "json").stdout)
    return {f"{one['objective']} {one['limit']}": one for one in answer["objectives"]}


def test_slow_requests_spend_the_budget(stack: Stack) -> None:
    before = stack.kit("slo")
    assert before.returncode == 5, before.stderr
    assert "too few requests to judge" in before.stderr

    def ask(number: int) -> None:
        with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
            campaign = (
                client.post("/campaigns", json={"name": "spring", "stock": 5}).raise_for_status().json()
            )
            asked = {"user_id": f"user-{number}"}
            client.post(f"/campaigns/{campaign['id']}/coupons", json=asked).raise_for_status()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(REQUESTS)))
    slow = f"coupon-api {ENDPOINT} p99"
    until(
        lambda: (
            _objectives(stack)[slow]["state"] == "overspent" and bool(_objectives(stack)[slow]["spent_by"])
        ),
        lambda: _objectives(stack),
    )
    found = _objectives(stack)
    # All are slow, and none fails.
    assert found[slow]["good"] < 0.05
    assert found[slow]["window"] == "1h"
    assert found["coupon-api success"]["good"] == 1
    assert found["coupon-api success"]["spent_by"] is None
    until(lambda: _objectives(stack)["coupon-issuer success"]["state"] == "met", lambda: _objectives(stack))
    for request in found[slow]["spent_by"]:
        assert request["endpoint"] == ENDPOINT
        assert request["took_ns"] > 200_000_000
        shown = stack.kit("traces", "show", request["trace_id"])
        assert ENDPOINT in shown.stdout

    text = stack.kit("slo", "--traces", "1")
    assert text.returncode == 1, text.stderr
    assert "overspent" in text.stdout
    assert f"coupon-api {ENDPOINT}: requests slower than 200 ms of the last 1h" in text.stdout


def test_an_unreachable_prometheus(stack: Stack) -> None:
    """Last of its file: it ends Prometheus."""
    (process,) = [it for it in stack.processes() if it.name() == "prometheus"]
    process.suspend()
    try:
        assert stack.kit("slo", "--prometheus", f"http://127.0.0.1:{stack.base + 29}").returncode == 3
    finally:
        process.resume()
