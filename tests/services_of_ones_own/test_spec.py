"""A user's own services in the spec: what is refused, and how it is told."""

from __future__ import annotations

import pytest

from generator.kit_yaml import parse_spec
from generator.spec.problem import SpecError

HEAD = "spec: 1\nname: shop\n"


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as caught:
        parse_spec(HEAD + text)
    return [(problem.path, problem.found) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("service", "path", "found"),
    [
        ("{name: a}", "services[0]", "no command or image to start a"),
        ("{name: a, image: x, build: y}", "services[0].build", "`image` and `build`"),
        ("{name: a, run: [x], command: [y]}", "services[0].command", "`command` without an image"),
        ("{name: a, run: [x], health: /h}", "services[0].health", "`health` without `port`"),
        ("{name: a, run: [x], published: 9000}", "services[0].published", "`published` without `port`"),
        ("{name: jaeger, run: [x]}", "services[0].name", "`jaeger`, a name that the kit uses"),
        ("{name: a, run: [x], after: [b]}", "services[0].after", "`b`, which is none of `services`"),
        ("{name: a, run: [x], after: [a]}", "services[0].after", "`a`, which waits for a itself"),
        ("{name: a, run: [x], port: 4317}", "services[0].port", "4317, which ports.otlp_grpc uses too"),
        ("{name: a, run: [x], port: 80}", "services[0].port", "80, which only root may open on 127.0.0.1"),
        ("{name: a, run: [x], port: 0}", "services[0].port", "`0`"),
        ("{name: a, run: [x], port: 8080, published: 24301}", "services[0].published",
         "24301, which is in the range of native.port_base, 24300 to 24319"),
        ("{name: a, run: node server.js}", "services[0].run", "`node server.js`"),
        ("{name: a, run: [x], environment: {A: 3}}", "services[0].environment.A", "`3`, a whole number in YAML"),
        ("{name: a, run: [x], environment: {1A: b}}", "services[0].environment.1A", "`1A`"),
        ("{name: a, run: [x], environment: {A: {vault: b}}}", "services[0].environment.A", "`vault`"),
    ],
)  # fmt: skip
def test_a_service_that_can_not_be(service: str, path: str, found: str) -> None:
    assert problems(f"services: [{service}]\n") == [(path, found)]


def test_two_services_in_each_others_way() -> None:
    assert problems(
        "services:\n  - {name: a, run: [x], port: 8080, after: [b]}\n"
        "  - {name: b, run: [x], port: 8080, after: [a]}\n  - {name: c, image: x}\n  - {name: c, image: x:2}\n"
    ) == [
        ("services[0].after", "`b`, which waits for a itself"),
        ("services[1].port", "8080, which services[0] uses too"),
        ("services[1].after", "`a`, which waits for b itself"),
        ("services[3].name", "`c` a second time"),
    ]


def test_a_fix_is_told_that_can_be_copied() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(HEAD + "services: [{name: a, run: node server.js}]\n")
    assert str(caught.value) == (
        "kit.yaml:3:27: services[0].run: `node server.js`\n"
        "    expected: a list of words\n"
        "    fix: write [node, server.js]"
    )


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("objectives: [{service: shop, p99: 1s}]", "objectives[0].service",
         "`shop`, which this deployment does not run"),
        ("objectives: [{service: coupon-api}]", "objectives[0]", "no limit"),
        ("objectives: [{service: coupon-api, success: 99}]", "objectives[0].success",
         "`99`, a number without a unit"),
        ("objectives: [{service: coupon-api, success: 101%}]", "objectives[0].success", "`101%`"),
        ("services: []\nobjectives: [{service: coupon-api, p99: 1s}]", "objectives[0].service",
         "`coupon-api`, which this deployment does not run"),
        ("redis: {enabled: false}", "redis.enabled", "false, but the samples run"),
        ("collector: {sampling: {keep: 10}}", "collector.sampling.keep", "`10`, a number without a unit"),
        ("collector: {sampling: {keep: some}}", "collector.sampling.keep", "`some`"),
        ("collector: {sampling: {wait: 5s}}", "collector.sampling.wait", "`wait`, but all traces are kept"),
        ("collector: {redact: ['service.*']}", "collector.redact[0]", "`service.*`, which removes service.name"),
        ("collector: {redact: ['a b']}", "collector.redact[0]", "`a b`"),
        ("collector: {exporters: [{name: jaeger, endpoint: http://x}]}", "collector.exporters[0].name",
         "`jaeger`, the name of the deployment's own Jaeger"),
        ("collector: {exporters: [{name: a, endpoint: x:4317}]}", "collector.exporters[0].endpoint", "`x:4317`"),
        ("collector: {exporters: [{name: a, endpoint: https://x/y, protocol: grpc}]}",
         "collector.exporters[0].endpoint", "`https://x/y`, with a path"),
        ("collector: {exporters: [{name: a, endpoint: https://x, headers: {X-Api-Key: abc}}]}",
         "collector.exporters[0].headers.X-Api-Key", "a value in clear text"),
        ("collector: {exporters: [{name: a, endpoint: https://x, tls: {key: k.pem}}]}",
         "collector.exporters[0].tls", "one of `certificate` and `key`"),
        ("collector: {exporters: [{name: a, endpoint: http://x, tls: {ca: k.pem}}]}",
         "collector.exporters[0].endpoint", "http://, which has no TLS"),
    ],
)  # fmt: skip
def test_what_can_not_be_around_them(text: str, path: str, found: str) -> None:
    assert problems(text + "\n") == [(path, found)]


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(
            HEAD
            + "collector: {exporters: [{name: a, endpoint: https://x, headers: {Authorization: 'Bearer s3'}}]}"
        )
    assert "s3" not in str(caught.value)


def test_mistakes_inside_items_and_between_them_are_told_without_a_crash() -> None:
    found = problems(
        "services: [{name: a, run: x}, {nam: b}]\nobjectives: [{service: a, success: 9}]\n"
        "collector: {exporters: [{name: A}], redact: [3]}\n"
    )
    assert [path for path, _ in found] == [
        "services[0].run", "services[1].name", "services[1].nam", "objectives[0].success",
        "collector.exporters[0].endpoint", "collector.exporters[0].name", "collector.redact[0]",
    ]  # fmt: skip
