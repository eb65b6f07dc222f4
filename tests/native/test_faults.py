"""Faults under load on the real programs: every span accounted for, no coupon too many, every request decided.

Spans are compared by service: what the SDK counts as exported, which the collector acknowledged, must be rows in
the database, each once. The counts are the SDKs' own and the database's, not the kit's.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from kit.operate.native.home import Home
from kit.operate.native.supervisor import Supervisor
from kit.operate.verify.counters import Counters
from tests.native.accounts import Rows, counters_of, rows_of, sdk_of, settled
from tests.native.load import Load
from tests.native.stack import Stack, running
from tests.small_disk import needs_root, small_disk

pytestmark = pytest.mark.native

SERVICES = ("coupon-api", "coupon-issuer", "coupon-notifier")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("faults") / "deployment") as made:
        yield made


def supervisor(stack: Stack) -> Supervisor:
    found = Supervisor.find(Home.of(stack.folder))
    assert found is not None
    return found


def kill(stack: Stack, name: str) -> None:
    os.kill(supervisor(stack).seen()[name].pid, signal.SIGKILL)


def all_ready(stack: Stack, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not stack.status()["ok"]:
        assert time.monotonic() < deadline, stack.status()
        time.sleep(0.3)


def stopped_for(stack: Stack, name: str, seconds: float) -> None:
    supervisor(stack).stop([name], 60)
    time.sleep(seconds)
    supervisor(stack).launch(name)


def under_load(stack: Stack, fault: Callable[[], None]) -> tuple[Counters, Rows, Load]:
    """Put the load on, let the fault happen, and wait until all is well again; answers what was before."""
    before, rows = settled(stack), rows_of(stack)
    with Load(stack) as load:
        time.sleep(1.5)
        fault()
        all_ready(stack)
        time.sleep(1.5)
    check_requests(stack, load)
    return before, rows, load


def check_requests(stack: Stack, load: Load) -> None:
    """Each accepted request has an outcome, the campaign is not over-issued, nobody has two, all is delivered once."""
    outcomes = load.outcomes()
    delivered = [request for request, outcome in outcomes.items() if outcome == "delivered"]
    assert len(delivered) <= load.stock
    assert set(outcomes.values()) <= {"delivered", "sold_out", "already_issued"}
    campaigns = httpx.get(f"{stack.api}/campaigns", timeout=10, trust_env=False).json()
    (campaign,) = [found for found in campaigns if str(found["id"]) == load.campaign]
    users = [coupon["user_id"] for coupon in campaign["coupons"]]
    assert len(users) == len(set(users)) == len(delivered) <= load.stock


def check_spans(stack: Stack, before: Counters, rows: Rows, *, killed: str = "") -> None:
    """What was exported is stored, once; a killed process takes with it only what it had not exported."""
    after, now = settled(stack), rows_of(stack)
    for service in SERVICES:
        stored = now.spans[service] - rows.spans[service]
        assert now.rows[service] - rows.rows[service] == stored, f"{service}: a span is stored twice"
        last = sdk_of(after, service)
        if service == killed:
            assert stored >= last.exported, service
            continue
        first = sdk_of(before, service)
        lost = sum(last.dropped.values()) + sum(last.failed.values())
        lost -= sum(first.dropped.values()) + sum(first.failed.values())
        assert last.exported - first.exported <= stored, service
        assert stored <= last.created - first.created, service
        assert last.created - first.created - stored <= lost, service


@pytest.mark.parametrize("name", ["collector", "jaeger", "cassandra"])
def test_a_killed_part_of_the_pipeline_loses_nothing(stack: Stack, name: str) -> None:
    before, rows, _ = under_load(stack, lambda: kill(stack, name))
    check_spans(stack, before, rows)
    after = counters_of(stack)
    assert all(not sdk_of(after, service).dropped for service in SERVICES)


def test_a_collector_killed_with_its_queue_full_of_spans_loses_none(stack: Stack) -> None:
    """Jaeger is away, so all that came is in the collector's queue, and only there, when it is killed."""

    def fault() -> None:
        supervisor(stack).stop(["jaeger"], 60)
        time.sleep(3)
        queued = counters_of(stack).collector
        assert queued is not None
        assert queued.queued > 50
        kill(stack, "collector")
        time.sleep(2)
        supervisor(stack).launch("jaeger")

    before, rows, _ = under_load(stack, fault)
    check_spans(stack, before, rows)


def test_a_jaeger_killed_with_unwritten_spans_in_hand_loses_none(stack: Stack) -> None:
    """The database hangs, so Jaeger holds what it has taken; it must not have said that it is written."""

    def fault() -> None:
        database = supervisor(stack).seen()["cassandra"].pid
        os.kill(database, signal.SIGSTOP)
        try:
            time.sleep(3)
            kill(stack, "jaeger")
            time.sleep(1)
        finally:
            os.kill(database, signal.SIGCONT)

    before, rows, _ = under_load(stack, fault)
    check_spans(stack, before, rows)


def test_a_killed_redis_loses_no_request(stack: Stack) -> None:
    before, rows, _ = under_load(stack, lambda: kill(stack, "redis"))
    check_spans(stack, before, rows)


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_service_loses_no_request_and_only_its_own_last_spans(stack: Stack, name: str) -> None:
    before, rows, _ = under_load(stack, lambda: kill(stack, name))
    check_spans(stack, before, rows, killed=name)


def test_jaeger_restarted_twice_loses_nothing(stack: Stack) -> None:
    def twice() -> None:
        stopped_for(stack, "jaeger", 2)
        all_ready(stack)
        stopped_for(stack, "jaeger", 4)

    before, rows, _ = under_load(stack, twice)
    check_spans(stack, before, rows)


def test_a_database_away_for_two_minutes_loses_nothing_and_verify_says_where_spans_wait(stack: Stack) -> None:
    waiting = ""

    def away() -> None:
        nonlocal waiting
        supervisor(stack).stop(["cassandra"], 60)
        began = time.monotonic()
        waiting = stack.kit("verify", "--requests", "3", "--wait", "8s").stderr
        time.sleep(max(0.0, 120 - (time.monotonic() - began)))
        supervisor(stack).launch("cassandra")

    before, rows, _ = under_load(stack, away)
    check_spans(stack, before, rows)
    assert "jaeger: storage: " in waiting
    assert " wait" in waiting


@needs_root
def test_a_full_disk_under_the_collector_refuses_and_loses_nothing_uncounted(stack: Stack) -> None:
    """With Jaeger away, spans pile up until the disk is full; then senders are refused, and told so."""
    settled(stack)
    supervisor(stack).stop(["collector"], 60)
    with small_disk(stack.folder / ".kit/native/data/collector", "8m"):
        supervisor(stack).launch("collector")
        all_ready(stack)
        before, rows = settled(stack), rows_of(stack)
        supervisor(stack).stop(["jaeger"], 60)
        statuses = [_post_a_megabyte(stack) for _ in range(12)]
        assert 200 in statuses
        assert any(status >= 500 for status in statuses), statuses
        supervisor(stack).launch("jaeger")
        all_ready(stack)
        with Load(stack) as load:
            time.sleep(1)
        check_requests(stack, load)
        check_spans(stack, before, rows)
        taken = statuses.count(200)
        assert rows_of(stack).spans["filler"] - rows.spans["filler"] == taken
        supervisor(stack).stop(["collector"], 60)
    supervisor(stack).launch("collector")
    all_ready(stack)


def _post_a_megabyte(stack: Stack) -> int:
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "filler"}}]},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": os.urandom(16).hex(),
                                "spanId": os.urandom(8).hex(),
                                "name": "fill",
                                "kind": 1,
                                "startTimeUnixNano": str(time.time_ns()),
                                "endTimeUnixNano": str(time.time_ns() + 1000),
                                "attributes": [{"key": "big", "value": {"stringValue": "b" * (1 << 20)}}],
                            }
                        ]
                    }
                ],
            }
        ]
    }
    return httpx.post(f"{stack.otlp_http}/v1/traces", json=body, timeout=30, trust_env=False).status_code
