"""Rules of `kit validate` about monitoring: what breaks them, beside the examples of their pages."""

from __future__ import annotations

import pytest

from generator.target import Target
from generator.targets import COMPOSE, NATIVE
from tests.rules.scenes import findings

ON = "monitoring: {enabled: true}\n"
COLLECTOR, COMPOSE_OVERRIDE = "overrides/collector.yaml", "compose.override.yaml"
PROMETHEUS, RECORDING = (
    "prometheus/prometheus.yml, edited by hand",
    "prometheus/recording.yml, edited by hand",
)
SPAN_METRICS = "connectors:\n  span_metrics:\n    "
ENDPOINT = (
    ON
    + "objectives: [{service: coupon-api, endpoint: POST /x, p99: 700ms}, {service: coupon-api, p99: 1s}]\n"
)

# Spec, piece of another file, rule, and a part of the message.
BREACHES = {
    "a component was removed": (
        ON, {COMPOSE_OVERRIDE: "services:\n  coupon-notifier: !reset null\n"}, "KIT160",
        "there is no container coupon-notifier",
    ),
    "another port in prometheus.yml": (
        ON, {PROMETHEUS: '-"collector:8888"\n+"collector:8889"\n'}, "KIT160", "nothing of collector listens",
    ),
    "a port that is none of a sample": (
        ON, {PROMETHEUS: '-"coupon-api:8080"\n+"coupon-api:81"\n'}, "KIT160", "port 8080",
    ),
    "an exponential histogram": (
        ON, {COLLECTOR: SPAN_METRICS + "histogram: {explicit: null, exponential: {max_size: 160}}\n"}, "KIT161",
        "400ms, the limit of coupon-api,",
    ),
    "an edge of one objective is missing": (
        ENDPOINT, {COLLECTOR: SPAN_METRICS + "histogram: {explicit: {buckets: [1000ms, 0.5s]}}\n"}, "KIT161",
        "700ms, the limit of coupon-api POST /x,",
    ),
    "a queue's message in the graph": (
        ON, {COLLECTOR: "connectors:\n  service_graph:\n    dimensions: [messaging.message.id]\n"}, "KIT162",
        "messaging.message.id",
    ),
    "only of calls": (
        ON, {COLLECTOR: SPAN_METRICS + "calls_dimensions: [{name: url.full}]\n"}, "KIT162", "url.full",
    ),
    "a rule by trace": (
        ON, {RECORDING: "-sum_over_time(kit:objective_bad:rate5m[1h])\n+sum by (user_id) (kit:objective_bad:rate5m)\n"},
        "KIT162", "user_id",
    ),
    "a long retention": (ON.replace("true", "true, retention: 90d"), {}, "KIT163", "2GiB hold about"),
    "a small disk": (ON.replace("true", "true, size: 256MiB"), {}, "KIT163", "days"),
    "a command of one's own": (
        ON, {COMPOSE_OVERRIDE: "services:\n  prometheus:\n    command: !override [--config.file=/p]\n"}, "KIT164",
        "without exemplar-storage",
    ),
    "another unit": (
        ON, {COLLECTOR: SPAN_METRICS + "histogram: {unit: ms}\n"}, "KIT165", "latency_unit is s",
    ),
    "other names in Jaeger": (
        ON, {"jaeger/config.yaml, edited by hand": "-normalize_calls: true\n+normalize_calls: false\n"}, "KIT165",
        "normalize_calls",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_what_breaks_a_rule(name: str) -> None:
    spec, pieces, rule, said = BREACHES[name]
    found = [one for one in findings({"kit.yaml": spec, **pieces}) if one.rule.id == rule]
    assert found, findings({"kit.yaml": spec, **pieces})
    assert said in " ".join(f"{one.found} {one.expected}" for one in found)


KEPT = {
    "all as rendered": (ON, {}),
    "more edges": (ON, {COLLECTOR: SPAN_METRICS + "histogram: {explicit: {buckets: [1ms, 400ms, 10m]}}\n"}),
    "a limit in another unit": (
        ENDPOINT, {COLLECTOR: SPAN_METRICS + "histogram: {explicit: {buckets: [0.7s, 1000ms]}}\n"},
    ),
    "dimensions with few values": (
        ON, {COLLECTOR: SPAN_METRICS + "dimensions: [{name: http.route}, {name: messaging.destination.name}]\n"},
    ),
    "a long retention on a big disk": (ON.replace("true", "true, retention: 52w, size: 1TiB"), {}),
    "monitoring is off": (
        ON.replace("true", "false"),
        {COMPOSE_OVERRIDE: "services:\n  coupon-notifier: !reset null\n"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("target", [COMPOSE, NATIVE], ids=lambda target: target.name)
@pytest.mark.parametrize("name", KEPT)
def test_what_keeps_all_of_them(name: str, target: Target) -> None:
    spec, pieces = KEPT[name]
    native = "native: {monitoring: true}\n"
    rules = {one.rule.id for one in findings({"kit.yaml": spec + native, **pieces}, target)}
    assert not [rule for rule in rules if rule.startswith("KIT16")]
