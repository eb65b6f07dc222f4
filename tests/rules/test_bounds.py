"""What has an end, or must be read before it counts: logs, one trace, Redis' answer while it loads."""

from __future__ import annotations

import pytest

from generator.targets.native import NATIVE
from tests.rules.scenes import findings

COMPOSE = "compose.override.yaml"


def found(rule: str, **pieces: str) -> list[str]:
    named = {COMPOSE: pieces.get("compose", ""), "kit.yaml": pieces.get("spec", "")}
    return [one.found for one in findings(named) if one.rule.id == rule]


def redis(check: str) -> str:
    return f"services: {{redis: {{healthcheck: {{test: {check}}}}}}}\n"


@pytest.mark.parametrize(
    "check",
    [
        "[CMD, redis-cli, ping]",
        "[CMD, redis-cli, -h, localhost, -p, '6379', ping]",
        "[CMD-SHELL, 'redis-cli ping']",
        "redis-cli PING",
        "[CMD-SHELL, 'redis-cli ping || exit 1']",
        "[CMD-SHELL, 'test -f /x && redis-cli --raw ping']",
    ],
)
def test_a_check_that_ignores_what_redis_says(check: str) -> None:
    assert len(found("KIT026", compose=redis(check))) == 1


@pytest.mark.parametrize(
    "check",
    [
        "[CMD-SHELL, 'redis-cli ping | grep PONG']",
        "[CMD-SHELL, '[ \"$$(redis-cli ping)\" = PONG ]']",
        "[CMD, redis-cli, get, ready]",
        "[CMD, redis-cli-ping]",
        "[NONE]",
    ],
)
def test_a_check_that_reads_it_or_asks_something_else(check: str) -> None:
    assert found("KIT026", compose=redis(check)) == []


@pytest.mark.parametrize(
    ("logging", "breaks"),
    [
        ("{driver: json-file}", True),
        ("{driver: json-file, options: {max-file: '3'}}", True),
        ("{driver: json-file, options: {max-size: ''}}", True),
        ("{driver: json-file, options: {max-size: 1m}}", False),
        ("{driver: local}", False),
        ("{driver: journald}", False),
        ("{driver: none}", False),
        ("{}", False),
    ],
)
def test_the_log_of_a_service_of_ones_own(logging: str, breaks: bool) -> None:
    service = f"services: {{shop: {{image: 'shop:1.0', mem_limit: 64m, logging: {logging}}}}}\n"
    assert bool(found("KIT088", compose=service)) is breaks


def test_a_rendered_log_whose_end_is_taken_away() -> None:
    assert found("KIT088", compose="services: {jaeger: {logging: {options: {max-size: null}}}}\n")


@pytest.mark.parametrize(
    ("spec", "breaks"),
    [
        ("", False),
        ("jaeger: {largest_trace: 1000000}", True),
        ("jaeger: {largest_trace: 1000000, memory: 8GiB}", False),
        ("jaeger: {memory: 128MiB}", False),
        ("jaeger: {largest_trace: 50000, memory: 128MiB}", True),
        ("jaeger: {largest_trace: 1000000, version: 2.13.0}", False),
    ],
)
def test_a_trace_that_does_not_fit_into_jaeger(spec: str, breaks: bool) -> None:
    assert bool(found("KIT066", spec=spec)) is breaks


def test_a_jaeger_without_the_key_has_no_bound_to_miss() -> None:
    assert findings({"kit.yaml": "jaeger: {largest_trace: 1000000}"}, NATIVE) == []
