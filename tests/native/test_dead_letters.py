"""Spans that Cassandra never takes, on their way through real Jaeger: they hold up nobody, and are kept."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from kit.operate.runtimes import running as runtime_of
from tests.native.faults import supervisor
from tests.native.spans import spans_of, wait_for
from tests.native.stack import Stack, running
from tests.native.test_poison import span, text

pytestmark = pytest.mark.native

MARK, BYTES = b"MARK", b"\xff\xfe\xfd\xfc"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Without the samples, which have no part in it."""
    with running(tmp_path_factory.mktemp("letters") / "deployment", "services: []") as made:
        yield made


def request(*spans: Span, raw: bytes = BYTES) -> bytes:
    resource = Resource(attributes=[text("service.name", "sender")])
    data: bytes = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=spans)])]
    ).SerializeToString()
    return data.replace(MARK, raw)


def poison(name: str) -> Span:
    """With an event whose name is not UTF-8 once it is sent: Cassandra refuses it."""
    one = span(name)
    one.events.add(name="MARK", time_unix_nano=time.time_ns())
    return one


def address(stack: Stack) -> str:
    return f"http://{runtime_of(stack.folder / 'kit.yaml').address('dead-letters.dead_letters')}"


def send(url: str, data: bytes) -> int:
    """As the collector does: again, until it is acknowledged."""
    deadline = time.monotonic() + 300
    while True:
        try:
            answer = httpx.post(
                f"{url}/v1/traces", content=data, timeout=120, trust_env=False,
                headers={"content-type": "application/x-protobuf"},
            )  # fmt: skip
            if answer.status_code == 200:
                return answer.status_code
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, "never acknowledged"
        time.sleep(0.5)


def deadletters(stack: Stack, *arguments: str) -> dict[str, Any]:
    done = stack.kit("deadletters", *arguments, "--output", "json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def names(stack: Stack) -> list[str]:
    return [name for letter in deadletters(stack, "list")["letters"] for name in letter["names"]]


def test_seventy_poisonous_requests_hold_up_nobody(stack: Stack) -> None:
    url = address(stack)
    # As many at once as the collector sends.
    with ThreadPoolExecutor(70) as pool:
        bad = [pool.submit(send, url, request(poison(f"poison {n}"))) for n in range(70)]
        time.sleep(0.5)
        innocent = span("innocent")
        sent = time.monotonic()
        assert send(stack.otlp_http, request(innocent)) == 200
        wait_for(lambda: spans_of(stack.jaeger, innocent.trace_id.hex()), bool)
        waited = time.monotonic() - sent
        assert {one.result() for one in bad} == {200}
    assert sorted(names(stack)) == sorted(f"poison {n}" for n in range(70))
    # Seconds; generous, because of busy machines. Without dead letters it is never written.
    assert waited < 60
    assert "70 with 70 spans that the storage refused" in stack.kit("doctor").stdout
    assert "dead-letters" in stack.kit("status").stdout


def test_what_is_in_one_request_with_poison_is_written(stack: Stack) -> None:
    good = [span(f"good {n}") for n in range(300)]
    assert send(address(stack), request(*good[:200], poison("in company"), *good[200:])) == 200
    for one in good[::30]:
        wait_for(lambda one=one: spans_of(stack.jaeger, one.trace_id.hex()), bool)  # type: ignore[misc]
    assert names(stack)[-1] == "in company"


def test_a_key_that_is_too_long_is_named_as_that(stack: Stack) -> None:
    """Sent behind the collector, which would cut it."""
    assert send(address(stack), request(span("n" * 70_000))) == 200
    letter = deadletters(stack, "list")["letters"][-1]
    assert letter["reason"] == "key too long"
    assert "Key length of" in letter["error"]


def test_more_spans_than_jaegers_queue_holds_are_written(stack: Stack) -> None:
    many = [span(f"one of many {n}") for n in range(21_000)]
    before = len(names(stack))
    assert send(address(stack), request(*many)) == 200
    wait_for(lambda: spans_of(stack.jaeger, many[-1].trace_id.hex()), bool)
    assert len(names(stack)) == before


def test_a_letter_is_shown_and_replayed(stack: Stack) -> None:
    one = poison("to be replayed")
    assert send(address(stack), request(one)) == 200
    letter = deadletters(stack, "list")["letters"][-1]
    shown = deadletters(stack, "show", letter["id"])
    assert shown["spans"][0]["trace_id"] == one.trace_id.hex()
    assert letter["reason"] == "invalid UTF-8"
    # Refused again: it stays.
    again = deadletters(stack, "replay", letter["id"])["replayed"]
    assert again == [{"id": letter["id"], "written": 0, "kept": letter["id"]}]
    assert stack.kit("deadletters", "show", "none").returncode == 1


def test_an_outage_of_the_database_and_kills_make_no_letters_and_lose_nothing(stack: Stack) -> None:
    before = names(stack)
    url = address(stack)
    spans = [span(f"over the outage {n}") for n in range(60)]
    supervisor(stack).stop(["cassandra"], 60)
    with ThreadPoolExecutor(60) as pool:
        going = [pool.submit(send, url, request(one)) for one in spans]
        for _ in range(3):
            time.sleep(3)
            os.kill(supervisor(stack).seen()["dead-letters"].pid, signal.SIGKILL)
        time.sleep(6)
        supervisor(stack).launch("cassandra")
        assert {one.result() for one in going} == {200}
    for one in spans:
        wait_for(lambda one=one: spans_of(stack.jaeger, one.trace_id.hex()), bool)  # type: ignore[misc]
    assert names(stack) == before
