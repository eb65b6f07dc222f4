"""From a spec to traces in Jaeger, on the real programs. What is asserted is what Jaeger's API returns."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.native.accounts import database
from tests.native.spans import Span, attributes, named, spans_of, wait_for
from tests.native.stack import Stack, ask_for_coupon, running
from tests.patience import ANSWER_S

pytestmark = pytest.mark.native

REQUEST = "POST /campaigns/{campaign_id}/coupons"
# As protobuf numbers its kinds.
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


def whole(spans: list[Span]) -> bool:
    """Every span's parent has arrived, and both ends of the way."""
    ids = {span["spanId"] for span in spans}
    parents = {span["parentSpanId"] for span in spans if span.get("parentSpanId")}
    return parents <= ids and {REQUEST, "POST /deliveries"} <= {span["name"] for span in spans}


def check_parent_mode(stack: Stack) -> str:
    _, trace_id = ask_for_coupon(stack)
    spans = wait_for(lambda: spans_of(stack.jaeger, trace_id), whole)
    by_id = {span["spanId"]: span for span in spans}

    def parent(span: Span) -> Span:
        return by_id[span["parentSpanId"]]

    request, delivery = named(spans, REQUEST), named(spans, "POST /deliveries")
    asked, issued = named(spans, "process coupon.requests"), named(spans, "process coupon.issued")
    assert not request.get("parentSpanId")
    assert (request["service"], request["kind"]) == ("coupon-api", SERVER)
    assert parent(asked)["name"] == "send coupon.requests"
    assert parent(asked)["service"] == "coupon-api"
    assert parent(issued)["name"] == "send coupon.issued"
    assert parent(issued)["service"] == "coupon-issuer"
    assert parent(parent(issued)) is asked
    assert parent(delivery)["service"] == "coupon-notifier"
    assert parent(delivery)["kind"] == CLIENT
    assert parent(parent(delivery)) is issued
    check_messaging(asked, "coupon.requests", "coupon-issuer")
    check_messaging(issued, "coupon.issued", "coupon-notifier")
    assert not [span for span in spans if "http send" in span["name"] or "http receive" in span["name"]]
    return trace_id


def check_messaging(span: Span, stream: str, group: str) -> None:
    assert (span["service"], span["kind"]) == (group, CONSUMER)
    found = attributes(span)
    assert found["messaging.system"] == "redis"
    assert found["messaging.operation.type"] == "process"
    assert found["messaging.destination.name"] == stream
    assert found["messaging.consumer.group.name"] == group
    assert found["messaging.message.id"]
    assert float(found["messaging.redis.queue_wait_ms"]) >= 0


def check_link_mode(stack: Stack) -> None:
    _, trace_id = ask_for_coupon(stack)
    first = wait_for(
        lambda: spans_of(stack.jaeger, trace_id),
        lambda spans: {"send coupon.requests", REQUEST} <= {span["name"] for span in spans},
    )
    send = named(first, "send coupon.requests")
    assert {span["service"] for span in first} == {"coupon-api"}
    asked = consumer_linked_to(stack, "coupon-issuer", trace_id, send["spanId"])
    second = wait_for(
        lambda: spans_of(stack.jaeger, asked["traceId"]),
        lambda spans: "send coupon.issued" in {span["name"] for span in spans},
    )
    assert {span["service"] for span in second} == {"coupon-issuer"}
    issued = consumer_linked_to(
        stack, "coupon-notifier", asked["traceId"], named(second, "send coupon.issued")["spanId"]
    )
    third = wait_for(
        lambda: spans_of(stack.jaeger, issued["traceId"]),
        lambda spans: "POST /deliveries" in {span["name"] for span in spans},
    )
    assert {span["service"] for span in third} == {"coupon-notifier", "coupon-api"}


def consumer_linked_to(stack: Stack, service: str, trace_id: str, span_id: str) -> Span:
    """The consumer's span whose link names the producer's, found by Jaeger's own search of the service."""

    def look() -> list[Span]:
        answer = httpx.get(
            f"{stack.jaeger}/api/traces",
            params={"service": service, "limit": 50, "lookback": "1h"},
            trust_env=False,
        )
        ids = [trace["traceID"] for trace in answer.json()["data"] or []]
        spans = [span for found in ids for span in spans_of(stack.jaeger, found.rjust(32, "0"))]
        return [
            span
            for span in spans
            if any((ln["traceId"], ln["spanId"]) == (trace_id, span_id) for ln in span.get("links", []))
        ]

    (found,) = wait_for(look, bool)
    assert found["kind"] == CONSUMER
    assert not found.get("parentSpanId")
    return found


def check_down(stack: Stack) -> None:
    result = stack.kit("down")
    assert result.returncode == 0, result.stderr
    assert stack.processes() == []
    assert stack.open_ports() == []
    assert list(stack.temporary.iterdir()) == []


def memory_mib(stack: Stack) -> float:
    return float(stack.status()["memory_bytes"]) / (1 << 20)


def test_cassandra(tmp_path: Path) -> None:
    with running(tmp_path / "deployment") as stack:
        assert memory_mib(stack) < 1.6 * 1024
        check_schema_is_applied_once(stack)
        trace_id = check_parent_mode(stack)
        check_search(stack)
        check_the_kits_own_reading(stack, trace_id)
        check_up_again(stack)
        check_down(stack)
        stack.write_spec("tracing: {propagation: link}")
        stack.up()
        assert spans_of(stack.jaeger, trace_id), "what was stored before `down` is gone"
        check_link_mode(stack)
        check_down(stack)
        stack.kit("down", "--volumes")
        assert not (stack.folder / ".kit").exists()


def check_schema_is_applied_once(stack: Stack) -> None:
    """`up` made it; applied again it changes nothing, and what is missing comes back."""
    again = stack.kit("schema", "apply")
    assert (again.returncode, again.stdout) == (0, "jaeger_coupons is complete, nothing was changed\n"), (
        again.stderr
    )
    with database(stack) as session:
        session.execute("DROP TABLE dependencies_v2")
        options = session.execute(
            "SELECT default_time_to_live, compaction FROM system_schema.tables "
            "WHERE keyspace_name = 'jaeger_coupons' AND table_name = 'tag_index'"
        ).one()
    assert options.default_time_to_live == 604_800
    assert options.compaction["compaction_window_size"] == "504"
    back = stack.kit("schema", "apply", "--output", "json")
    assert json.loads(back.stdout)["created"] == ["table dependencies_v2"]


def check_search(stack: Stack) -> None:
    """Jaeger finds the trace by service, operation, attribute and duration: each is a table of its own."""

    def found(**query: str) -> int:
        parameters = {"service": "coupon-api", "limit": "20", "lookback": "1h", **query}
        answer = httpx.get(f"{stack.jaeger}/api/traces", params=parameters, timeout=ANSWER_S, trust_env=False)
        return len(answer.raise_for_status().json()["data"] or [])

    assert found() >= 2
    assert found(operation=REQUEST) == 1
    assert found(tags='{"http.route":"/deliveries"}') == 1
    assert found(tags='{"messaging.destination.name":"coupon.requests"}') == 1
    assert found(service="coupon-issuer", tags='{"messaging.destination.name":"coupon.requests"}') == 1
    assert found(tags='{"http.route":"/nowhere"}') == 0
    assert found(minDuration="1us") >= 2
    assert found(minDuration="1h") == 0
    services = httpx.get(f"{stack.jaeger}/api/v3/services", trust_env=False).json()["services"]
    assert sorted(services) == ["coupon-api", "coupon-issuer", "coupon-notifier"]


def check_the_kits_own_reading(stack: Stack, trace_id: str) -> None:
    shown = stack.kit("traces", "show", trace_id, "--width", "100")
    assert shown.returncode == 0, shown.stderr
    assert "process coupon.issued" in shown.stdout
    listed = json.loads(
        stack.kit("traces", "search", "--service", "coupon-notifier", "--output", "json").stdout
    )
    assert [trace["trace_id"] for trace in listed["traces"]] == [trace_id]


def check_up_again(stack: Stack) -> None:
    before = {process.pid for process in stack.processes()}
    assert "already up:" in stack.up().stderr
    assert {process.pid for process in stack.processes()} == before
    log = stack.kit("logs", "jaeger")
    assert "Everything is ready" in log.stdout


def test_badger(tmp_path: Path) -> None:
    with running(tmp_path / "deployment", "native: {storage: badger}\nstorage: {engine: badger}") as stack:
        assert memory_mib(stack) < 700
        trace_id = check_parent_mode(stack)
        check_down(stack)
        stack.write_spec("native: {storage: badger}\ntracing: {propagation: link}")
        stack.up()
        assert spans_of(stack.jaeger, trace_id), "what was stored before `down` is gone"
        check_link_mode(stack)
        check_down(stack)


def test_memory(tmp_path: Path) -> None:
    with running(tmp_path / "deployment", "native: {storage: memory}") as stack:
        assert memory_mib(stack) < 700
        again = json.loads(stack.kit("up", "--target", "native", "--output", "json").stdout)
        assert again["ok"]
        assert again["already"]
        check_parent_mode(stack)
        check_down(stack)
