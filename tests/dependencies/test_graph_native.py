"""The graph on the real stack, asked of Jaeger: as many calls as requests were sent, however often it is computed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.native.accounts import database
from tests.native.faults import hung
from tests.native.stack import Stack, request_coupon, running
from tests.patience import ANSWER_S, PATIENCE_S

pytestmark = pytest.mark.native

REQUESTS = 12
EXPECTED = {
    ("coupon-api", "coupon-issuer"): REQUESTS,
    ("coupon-issuer", "coupon-notifier"): REQUESTS,
    ("coupon-notifier", "coupon-api"): REQUESTS,
}


@pytest.fixture(scope="module", params=["parent", "link"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    spec = f"tracing: {{propagation: {request.param}}}"
    with running(tmp_path_factory.mktemp("graph") / "deployment", spec) as made:
        with httpx.Client(base_url=made.api, timeout=ANSWER_S, trust_env=False) as client:
            campaign = (
                client.post("/campaigns", json={"name": "spring", "stock": 100}).raise_for_status().json()
            )
            for number in range(REQUESTS):
                request_coupon(client, str(campaign["id"]), f"user-{number}")
        yield made


def jaegers_graph(stack: Stack) -> dict[tuple[str, str], int]:
    """What Jaeger's page shows for the last hour."""
    end = int(time.time() * 1000)
    answer = httpx.get(
        f"{stack.jaeger}/api/dependencies", params={"endTs": end, "lookback": 3_600_000}, trust_env=False
    )
    found: dict[tuple[str, str], int] = {}
    for edge in answer.raise_for_status().json()["data"] or []:
        pair = (edge["parent"], edge["child"])
        # The page sums what lies in several windows.
        found[pair] = found.get(pair, 0) + edge["callCount"]
    return found


def computed(stack: Stack) -> tuple[dict[tuple[str, str], int], int]:
    done = stack.kit("dependencies", "--since", "1h", "--output", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["kind"], answer["version"]) == ("dependencies", 1)
    return {(e["parent"], e["child"]): e["count"] for e in answer["calls"]}, answer["windows_changed"]


def test_the_deployments_own_job_feeds_jaeger(stack: Stack) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (found := jaegers_graph(stack)) != EXPECTED:
        assert time.monotonic() < deadline, (found, stack.logs())
        time.sleep(0.5)


def test_a_second_computation_replaces_and_does_not_double(stack: Stack) -> None:
    for _ in range(2):
        assert computed(stack) == (EXPECTED, 0)
        assert jaegers_graph(stack) == EXPECTED


def test_what_was_written_wrongly_is_replaced(stack: Stack) -> None:
    # The deployment's own job would mend it, too.
    with hung(stack, "dependencies"), database(stack) as session:
        session.execute("TRUNCATE dependencies_v2")
        assert jaegers_graph(stack) == {}
        assert computed(stack)[0] == EXPECTED
        rows = list(session.execute("SELECT ts_bucket, ts FROM dependencies_v2"))
        assert rows
        for row in rows:
            session.execute(
                "UPDATE dependencies_v2 SET dependencies = "
                "[{parent: 'coupon-api', child: 'coupon-issuer', call_count: 77, source: 'jaeger'}] "
                "WHERE ts_bucket = %s AND ts = %s",
                (row.ts_bucket, row.ts),
            )
        assert jaegers_graph(stack) != EXPECTED
        assert computed(stack) == (EXPECTED, len(rows))
        assert jaegers_graph(stack) == EXPECTED


def test_the_job_stops_at_once_when_asked(stack: Stack) -> None:
    """And comes back with the supervisor's help: it keeps nothing that could be lost."""
    (before,) = [c for c in stack.status()["components"] if c["name"] == "dependencies"]
    assert before["pid"]
    import psutil

    process = psutil.Process(before["pid"])
    process.terminate()
    assert process.wait(120) in (0, None)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        (now,) = [c for c in stack.status()["components"] if c["name"] == "dependencies"]
        if now["ready"] and now["pid"] != before["pid"]:
            break
        assert time.monotonic() < deadline, now
        time.sleep(0.3)


def test_a_time_in_which_nothing_happened(stack: Stack) -> None:
    done = stack.kit("dependencies", "--since", "30d", "--until", "29d23h")
    assert done.returncode == 2
    assert "29d23h" in done.stderr
    done = stack.kit("dependencies", "--since", "2020-01-01T00:00:00Z", "--until", "2020-01-01T01:00:00Z")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no calls between services in this time" in done.stderr
