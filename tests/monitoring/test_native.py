"""Prometheus in a native deployment: it reads every component, its alerts are valid, and silent while all is well."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from kit.provision import Program
from tests.monitoring.asking import ask
from tests.monitoring.targets import targets
from tests.native.stack import Stack, ask_for_coupon, running
from tests.patience import until

pytestmark = pytest.mark.native

SPEC = "monitoring: {enabled: true, interval: 1s}\nnative: {monitoring: true, storage: badger}"
# They begin to exist with the first span that is lost or refused.
WITH_THE_FIRST_LOSS = {
    "otelcol_exporter_send_failed_spans",
    "otelcol_exporter_enqueue_failed_spans",
    "otelcol_processor_memory_limiter_refused_spans",
    "otelcol_receiver_refused_spans",
    "otelcol_processor_filter_spans_filtered",
    "kit_dead_letters_put_aside_spans",
    # With a label for the reason.
    "otel_sdk_processor_span_processed",
    "otel_sdk_exporter_span_exported",
}


@pytest.fixture(scope="module")
def stack(prometheus: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # Built before the start, which would otherwise wait for it.
    del prometheus
    with running(tmp_path_factory.mktemp("monitoring") / "stack", SPEC) as stack:
        yield stack


def _wait_for_data(stack: Stack, expression: str) -> None:
    until(lambda: bool(ask(stack.prometheus, "query", query=expression)["result"]), lambda: expression)


def test_every_component_is_read(stack: Stack) -> None:
    expected = {
        "jaeger",
        "dead-letters",
        "collector",
        "coupon-api",
        "coupon-issuer",
        "coupon-notifier",
        "node-exporter",
        "redis-exporter",
        "prometheus",
    }
    until(
        lambda: targets(stack.prometheus) == dict.fromkeys(expected, "up"), lambda: targets(stack.prometheus)
    )


def test_spans_are_counted(stack: Stack) -> None:
    ask_for_coupon(stack)
    received = 'sum({__name__=~"otelcol_receiver_accepted_spans(_total)?",job="collector"}) > 0'
    _wait_for_data(stack, received)


def test_the_alerts_read_metrics_that_exist(stack: Stack) -> None:
    ask_for_coupon(stack)
    rules = [rule for group in ask(stack.prometheus, "rules")["groups"] for rule in group["rules"]]
    until(
        lambda: all(
            it["health"] == "ok"
            for group in ask(stack.prometheus, "rules")["groups"]
            for it in group["rules"]
        ),
        lambda: rules,
    )
    metrics = {name for rule in rules for name in re.findall(r'__name__=~"(\w+)\(', rule["query"])}
    assert len(metrics) > 8
    for name in sorted(metrics - WITH_THE_FIRST_LOSS):
        _wait_for_data(stack, f'{{__name__=~"{name}(_total)?"}}')


def test_no_alert_is_active_while_all_is_well(stack: Stack) -> None:
    ask_for_coupon(stack)
    until(lambda: "up" in targets(stack.prometheus).values(), lambda: "no target")
    time.sleep(5)
    assert ask(stack.prometheus, "alerts")["alerts"] == []


def test_the_commands_know_it(stack: Stack) -> None:
    components = {it["name"]: it for it in stack.status()["components"]}
    assert components["prometheus"]["ready"] is True
    assert "prometheus" in stack.kit("logs", "prometheus", "-n", "3").stdout
    assert stack.kit("doctor").returncode == 0


def test_a_component_that_ends_is_seen(stack: Stack) -> None:
    """Last of its file: it ends the notifier for good."""
    (process,) = [
        it for it in stack.processes() if "sample_services.coupon_notifier" in " ".join(it.cmdline())
    ]
    process.suspend()
    try:
        down = 'ALERTS{alertname="ComponentDown",job="coupon-notifier"}'
        _wait_for_data(stack, down)
    finally:
        process.resume()
