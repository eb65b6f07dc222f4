"""What `collector.sampling` and `collector.redact` promise, at the real collector and Jaeger."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.native.spans import spans_of, wait_for
from tests.native.stack import Stack, running
from tests.patience import PATIENCE_S
from tests.services_of_ones_own.sending import send, span

pytestmark = pytest.mark.native

WAIT_S = 2
PIPELINE = "services: []\nnative: {storage: memory}\n"


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    spec = PIPELINE + (
        f"collector: {{memory: 128MiB, sampling: {{keep: 20%, slower_than: 400ms, wait: {WAIT_S}s}}, "
        "redact: [user.email, 'http.request.header.*']}\n"
    )
    with running(tmp_path_factory.mktemp("sampled") / "deployment", spec) as made:
        yield made


def kept(stack: Stack, ids: list[str]) -> set[str]:
    return {trace_id for trace_id in ids if spans_of(stack.jaeger, trace_id)}


def decided(stack: Stack, least: int) -> None:
    """Wait until the collector has decided about at least so many traces."""
    port = json.loads((stack.folder / ".kit/native/state.json").read_text())
    metrics = next(c["metrics_port"] for c in port["components"] if c["name"] == "collector")
    deadline = time.monotonic() + PATIENCE_S
    while True:
        text = httpx.get(f"http://127.0.0.1:{metrics}/metrics", trust_env=False).text
        counts = [
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith("otelcol_processor_tail_sampling_global_count_traces_sampled")
        ]
        if sum(counts) >= least:
            return
        assert time.monotonic() < deadline, counts
        time.sleep(0.2)


def test_errors_and_slow_traces_are_kept_and_a_share_of_the_rest(sampled: Stack) -> None:
    plain = [span() for _ in range(1000)]
    failed = [span(failed=True) for _ in range(50)]
    slow = [span(took_ms=600) for _ in range(50)]
    for first in range(0, 1000, 100):
        assert send(sampled.otlp_http, plain[first : first + 100]) == 200
    assert send(sampled.otlp_http, failed + slow) == 200
    important = [one.trace_id.hex() for one in failed + slow]
    wait_for(lambda: spans_of(sampled.jaeger, important[-1]), bool)
    decided(sampled, 1100)
    wait_for(
        lambda: [{"service": i, "name": i} for i in kept(sampled, important)], lambda ids: len(ids) == 100
    )
    share = len(kept(sampled, [one.trace_id.hex() for one in plain]))
    # 20 % of 1,000, within six standard deviations.
    assert 124 <= share <= 276, share


def test_more_traces_than_fit_wait_and_none_is_decided_early(sampled: Stack) -> None:
    """128 MiB hold some 1,100 of them."""
    failed = [span(failed=True) for _ in range(4000)]
    for first in range(0, 4000, 500):
        assert send(sampled.otlp_http, failed[first : first + 500]) == 200
    for one in failed[::20]:
        wait_for(lambda one=one: spans_of(sampled.jaeger, one.trace_id.hex()), bool)  # type: ignore[misc]


def test_a_trace_is_kept_whole_and_a_late_span_follows_the_decision(sampled: Stack) -> None:
    trace_id = os.urandom(16)
    early = [
        span("a", trace_id=trace_id),
        span("b", trace_id=trace_id, failed=True),
        span("c", trace_id=trace_id),
    ]
    for one in early:
        assert send(sampled.otlp_http, [one]) == 200
    wait_for(lambda: spans_of(sampled.jaeger, trace_id.hex()), lambda spans: len(spans) == 3)
    assert send(sampled.otlp_http, [span("late", trace_id=trace_id)]) == 200
    wait_for(lambda: spans_of(sampled.jaeger, trace_id.hex()), lambda spans: len(spans) == 4)


def test_what_is_redacted_is_nowhere_in_jaeger(sampled: Stack) -> None:
    secrets = {
        "user.email": "ada@example.com",
        "http.request.header.Authorization": "Bearer abc",
        "http.request.header.cookie": "sid=1",
    }
    one = span(
        failed=True, attributes={**secrets, "http.route": "/orders"}, event={**secrets, "event.kept": "1"}
    )
    assert send(sampled.otlp_http, [one], resource={**secrets, "host.name": "h1"}, scope=secrets) == 200
    wait_for(lambda: spans_of(sampled.jaeger, one.trace_id.hex()), bool)
    # Most spans have no events.
    plain = span(failed=True, attributes={**secrets, "http.route": "/orders"})
    assert send(sampled.otlp_http, [plain], resource=secrets, scope=secrets) == 200
    wait_for(lambda: spans_of(sampled.jaeger, plain.trace_id.hex()), bool)
    text = httpx.get(f"{sampled.jaeger}/api/v3/traces/{plain.trace_id.hex()}", trust_env=False).text
    for word in ("ada@example.com", "Bearer abc", "sid=1", "user.email", "request.header"):
        assert word not in text
    text = httpx.get(f"{sampled.jaeger}/api/v3/traces/{one.trace_id.hex()}", trust_env=False).text
    for word in ("ada@example.com", "Bearer abc", "sid=1", "user.email", "request.header"):
        assert word not in text
    for word in ("http.route", "/orders", "event.kept", "host.name"):
        assert word in text


def test_verify_and_demo_say_that_they_need_the_samples_and_every_trace(sampled: Stack) -> None:
    verify = sampled.kit("verify")
    assert verify.returncode == 1
    assert "which `services` in kit.yaml replaces" in verify.stderr
    demo = sampled.kit("demo")
    assert demo.returncode == 1
    assert "kit traces search" in demo.stderr
    queues = sampled.kit("queues")
    assert queues.returncode == 1
    assert "this deployment has no Redis" in queues.stderr
