"""A shop in Node, Go and Python, run by the spec's `services`, and one of them by `kit env` alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.native.spans import Span, attributes, named, spans_of, wait_for
from tests.native.stack import Stack
from tests.patience import ANSWER_S, PATIENCE_S
from tests.services_of_ones_own.toolchains import SHOP, build_pricing, copy_shop, install_checkout, node

pytestmark = pytest.mark.native

CLIENT, SERVER, PRODUCER, CONSUMER = 3, 2, 4, 5


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("shop") / "deployment")
    made.write_spec(as_in_the_example(made) + "native: {storage: memory}\n")
    copy_shop(made.folder)
    install_checkout(made.folder)
    build_pricing(made.folder)
    python = Path(sys.executable).parent
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{node()}:{python}:{os.environ['PATH']}")
            made.up()
            yield made
    finally:
        made.kit("down", "--volumes")
        for process in made.processes():
            process.kill()


def as_in_the_example(stack: Stack) -> str:
    """The example's own spec, with this stack's ports."""
    text = (SHOP / "kit.yaml").read_text().partition("name: shop\n")[2]
    return text.replace("port: 8080", f"port: {checkout_port(stack)}").replace(
        "port: 8081", f"port: {checkout_port(stack) + 1}"
    )


def checkout_port(stack: Stack) -> int:
    return stack.base + 26


def order(stack: Stack, item: str) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{checkout_port(stack)}/orders",
        params={"item": item},
        timeout=ANSWER_S,
        trust_env=False,
    )
    assert answer.status_code == 202, answer.text + stack.logs()
    return str(answer.json()["trace_id"])


def whole(spans: list[Span]) -> bool:
    """Every span's parent has arrived, and each service's last span."""
    ids = {span["spanId"] for span in spans}
    parents = {span["parentSpanId"] for span in spans if span.get("parentSpanId")}
    roots = [span for span in spans if not span.get("parentSpanId")]
    return bool(roots) and parents <= ids and {"pack", "look up"} <= {span["name"] for span in spans}


def test_one_trace_crosses_three_languages_and_a_queue(stack: Stack) -> None:
    trace_id = order(stack, "oolong")
    spans = wait_for(lambda: spans_of(stack.jaeger, trace_id), whole)
    by_id = {span["spanId"]: span for span in spans}

    def parent(span: Span) -> Span:
        return by_id[span["parentSpanId"]]

    packed, sent = named(spans, "process orders"), named(spans, "send orders")
    asked = next(span for span in spans if (span["service"], span["kind"]) == ("checkout", SERVER))
    priced = named(spans, "GET /price")
    assert {span["service"] for span in spans} == {"checkout", "pricing", "packing"}
    assert (sent["service"], sent["kind"]) == ("checkout", PRODUCER)
    assert (packed["service"], packed["kind"]) == ("packing", CONSUMER)
    assert parent(packed) is sent
    assert parent(sent) is asked
    assert not asked.get("parentSpanId")
    assert (priced["service"], priced["kind"]) == ("pricing", SERVER)
    assert (parent(priced)["service"], parent(priced)["kind"]) == ("checkout", CLIENT)
    assert attributes(packed)["messaging.message.id"] == attributes(sent)["messaging.message.id"]


def test_they_are_found_by_name_and_by_nothing_else(stack: Stack) -> None:
    order(stack, "assam")
    wait_for(
        lambda: [
            {"service": name, "name": name}
            for name in httpx.get(f"{stack.jaeger}/api/v3/services", trust_env=False).json()["services"]
        ],
        lambda found: {"checkout", "pricing", "packing"} <= {entry["name"] for entry in found},
    )
    found = json.loads(stack.kit("traces", "search", "--service", "checkout", "--output", "json").stdout)
    # A probe of /healthz is no trace.
    assert found["traces"]
    assert "healthz" not in json.dumps(found)
    status = stack.status()
    assert {c["name"] for c in status["components"]} == {
        "redis", "jaeger", "dead-letters", "collector", "pricing", "checkout", "packing",
    }  # fmt: skip
    assert status["ok"]


def test_a_service_that_the_kit_does_not_run_sends_here_too(stack: Stack) -> None:
    """As a person does it: eval "$(kit env stock-check)"; ./pricing/pricing."""
    printed = stack.kit("env", "stock-check")
    assert printed.returncode == 0, printed.stderr
    port = checkout_port(stack) + 3
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'eval "$PRINTED"; exec ./pricing/pricing'],
        cwd=stack.folder,
        env={"PATH": os.environ["PATH"], "PORT": str(port), "PRINTED": printed.stdout},
    )
    try:
        ask_until_it_answers(f"http://127.0.0.1:{port}/price?item=x", process)
        wait_for(lambda: traces_of(stack, "stock-check"), bool)
    finally:
        process.terminate()
        assert process.wait(120) == 0


def ask_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.get(url, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def traces_of(stack: Stack, service: str) -> list[Span]:
    answer = httpx.get(
        f"{stack.jaeger}/api/traces",
        params={"service": service, "limit": 20, "lookback": "1h"},
        trust_env=False,
    )
    return [
        {"service": service, "name": span["operationName"]}
        for trace in answer.json()["data"] or []
        for span in trace["spans"]
    ]
