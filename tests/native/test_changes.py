"""A changed kit.yaml on a native deployment that runs: what restarts, what does not, and that the new value acts."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.native.spans import attributes, spans_of, wait_for
from tests.native.stack import Stack, ask_for_coupon, running

pytestmark = pytest.mark.native

MEMORY = "native: {storage: memory}\n"
SERVICES = {"coupon-api", "coupon-issuer", "coupon-notifier"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("changes") / "deployment", MEMORY) as made:
        yield made


def pids(stack: Stack) -> Mapping[str, int]:
    """The process id of each component that stays; 0 for none."""
    return {it["name"]: it["pid"] for it in stack.status()["components"] if it["ready"] is not None}


def answer(stack: Stack, *arguments: str) -> Mapping[str, Any]:
    done = stack.kit("up", "--target", "native", "--output", "json", *arguments)
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def by_component(found: Mapping[str, Any]) -> Mapping[str, str]:
    return {it["component"]: it["action"] for it in found["changes"]}


def restarted(before: Mapping[str, int], stack: Stack) -> set[str]:
    """Those with another process id than before, new and removed ones too."""
    now = pids(stack)
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


def stored_path(stack: Stack) -> object:
    """What Jaeger has of `url.path` after a span with it was sent."""
    trace = os.urandom(16).hex()
    attribute = {"key": "url.path", "value": {"stringValue": "/secret"}}
    service = {"key": "service.name", "value": {"stringValue": "sender"}}
    at = str(time.time_ns())
    one = {
        "traceId": trace, "spanId": trace[:16], "name": "n", "kind": 1,
        "startTimeUnixNano": at, "endTimeUnixNano": at, "attributes": [attribute],
    }  # fmt: skip
    body = {"resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [one]}]}]}
    httpx.post(f"{stack.otlp_http}/v1/traces", json=body, trust_env=False, timeout=120).raise_for_status()
    (span,) = wait_for(lambda: spans_of(stack.jaeger, trace), bool)
    return attributes(span).get("url.path")


def test_a_changed_config_restarts_its_reader_and_acts(stack: Stack) -> None:
    assert stored_path(stack) == "/secret"
    before = pids(stack)
    stack.write_spec(MEMORY + "collector: {redact: [url.path]}")
    shown = stack.kit("up", "--target", "native", "--dry-run")
    assert shown.returncode == 0
    assert shown.stdout.split() == ["restart", "collector", "collector/config.yaml"]
    assert restarted(before, stack) == set()
    found = answer(stack)
    assert (found["already"], by_component(found)) == (False, {"collector": "restart"})
    assert restarted(before, stack) == {"collector"}
    assert stored_path(stack) is None
    found = answer(stack)
    assert (found["already"], found["changes"]) == (True, [])


def test_a_changed_environment_restarts_the_services_that_have_it(stack: Stack) -> None:
    stack.write_spec(MEMORY)
    answer(stack)
    before = pids(stack)
    stack.write_spec(MEMORY + "tracing: {propagation: link}")
    assert by_component(answer(stack)) == dict.fromkeys(sorted(SERVICES), "restart")
    assert restarted(before, stack) == SERVICES


def test_components_come_and_go(stack: Stack) -> None:
    stack.write_spec(MEMORY)
    answer(stack)
    before = pids(stack)
    stack.write_spec(MEMORY + "dead_letters: {enabled: false}")
    changes = {"jaeger": "restart", "collector": "restart", "dead-letters": "remove"}
    assert by_component(answer(stack)) == changes
    assert restarted(before, stack) == set(changes)
    assert "dead-letters" not in pids(stack)
    stack.write_spec(MEMORY)
    assert by_component(answer(stack))["dead-letters"] == "start"
    assert pids(stack)["dead-letters"]
    ask_for_coupon(stack)


def test_a_taken_port_is_told_before_anything_stops(stack: Stack) -> None:
    stack.write_spec(MEMORY)
    answer(stack)
    before = pids(stack)
    spec = stack.folder / "kit.yaml"
    text = spec.read_text()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        spec.write_text(text.replace(f"coupon_api: {stack.base + 3}", f"coupon_api: {port}"))
        refused = stack.kit("up", "--target", "native")
    assert refused.returncode == 3
    assert f"{port}" in refused.stderr
    assert restarted(before, stack) == set()
    spec.write_text(text)


def test_a_start_that_fails_leaves_the_others_running(stack: Stack) -> None:
    stack.write_spec(MEMORY)
    answer(stack)
    before = pids(stack)
    override = stack.folder / "overrides" / "collector.yaml"
    override.parent.mkdir(exist_ok=True)
    override.write_text("exporters: {otlp_http/jaeger: {timeout: never}}\n")
    failed = stack.kit("up", "--target", "native")
    assert failed.returncode != 0
    override.unlink()
    assert answer(stack)["ok"] is True
    assert restarted(before, stack) <= {"collector"}


def test_a_place_of_data_that_changes_is_a_reason_to_refuse(stack: Stack) -> None:
    """The last one: memory keeps nothing, so the way there is open, and the way back is not."""
    stack.write_spec("native: {storage: badger}\n")
    assert by_component(answer(stack))["jaeger"] == "restart"
    before = pids(stack)
    stack.write_spec(MEMORY)
    refused = stack.kit("up", "--target", "native")
    assert refused.returncode == 1
    assert "traces: kept in badger, but kit.yaml now says: nowhere" in refused.stderr
    assert "kit down && kit up --target native" in refused.stderr
    assert restarted(before, stack) == set()
