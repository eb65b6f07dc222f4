"""`kit slo` over a Prometheus that answers what a test sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.cli.funnel import run
from tests.slo.fake_prometheus import FakePrometheus, fake_prometheus

SPEC = """spec: 1
name: shop
monitoring: {enabled: true, retention: 20d}
services: [{name: shop, image: "shop:1", run: [shop]}]
objectives:
  - {service: shop, success: 99%}
  - {service: shop, endpoint: "GET /x", p99: 400ms}
"""
SUCCESS, P99 = ("shop", "success"), ("shop GET /x", "p99")
HEALTHY = {"1h": 0.001, "6h": 0.002, "1d": 0.002, "3d": 0.002, "30d": 0.0025}
FAST = "kit:objective_bad:ratio_rate5m > 14.4 * kit:objective_allowed:ratio"
SLOW = "kit:objective_bad:ratio_rate30m > 6 * kit:objective_allowed:ratio"
# Nothing listens here.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def prometheus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePrometheus]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KIT_JAEGER_URL", NOWHERE)
    Path("kit.yaml").write_text(SPEC)
    with fake_prometheus() as fake:
        monkeypatch.setenv("KIT_PROMETHEUS_URL", fake.url)
        yield fake


def _answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    code = run(["slo", "--output", "json", *words])
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["version"]) == ("slo", 1)
    assert answer["budget_window_s"] == 20 * 86_400
    return code, answer["objectives"]


def test_objectives_that_are_met(prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    prometheus.set(SUCCESS, bad=HEALTHY)
    prometheus.set(P99, bad=HEALTHY)
    code, (success, p99) = _answer(capsys)
    assert code == 0
    assert (success["state"], p99["state"]) == ("met", "met")
    assert success == {
        "objective": "shop",
        "service": "shop",
        "endpoint": None,
        "limit": "success",
        "target": 0.99,
        "threshold_ns": None,
        "requests_1h": 10_000,
        "requests": 10_000,
        "good_1h": pytest.approx(0.999),
        "good": pytest.approx(0.9975),
        "budget_left": pytest.approx(0.75),
        "burn_1h": pytest.approx(0.1),
        "burn_6h": pytest.approx(0.2),
        "state": "met",
        "window": None,
        "spent_by": None,
    }
    assert (p99["endpoint"], p99["threshold_ns"]) == ("GET /x", 400_000_000)


@pytest.mark.parametrize(
    ("bad", "alerts", "requests", "state", "code"),
    [
        ({**HEALTHY, "30d": 0.02}, (), 10_000, "overspent", 1),
        ({**HEALTHY, "30d": 0.02}, (FAST,), 10_000, "overspent", 1),
        (HEALTHY, (FAST, SLOW), 10_000, "burns fast", 1),
        (HEALTHY, (SLOW,), 10_000, "burns", 0),
        # 1 of 50 may be chance; an alert that is active is shown all the same.
        ({**HEALTHY, "30d": 0.02}, (), 50, "not enough data", 5),
        ({**HEALTHY, "30d": 0.9}, (FAST,), 50, "burns fast", 1),
        (HEALTHY, (), 99, "not enough data", 5),
        (HEALTHY, (), 100, "met", 0),
        ({**HEALTHY, "30d": 0.01}, (), 10_000, "met", 0),
    ],
)
def test_states_and_exit_codes(
    bad: dict[str, float],
    alerts: tuple[str, ...],
    requests: int,
    state: str,
    code: int,
    prometheus: FakePrometheus,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prometheus.set(SUCCESS, bad=bad, alerts=alerts, requests=requests)
    prometheus.set(P99, bad=HEALTHY)
    found, (success, p99) = _answer(capsys)
    assert (found, success["state"], p99["state"]) == (code, state, "met")


@pytest.mark.parametrize(
    ("bad", "window"),
    [
        ({"1h": 0.5, "6h": 0.2, "1d": 0.1, "3d": 0.1, "30d": 0.1}, "1h"),
        ({"1h": 0.0, "6h": 0.2, "1d": 0.1, "3d": 0.1, "30d": 0.1}, "6h"),
        ({"1h": 0.0, "6h": 0.0, "1d": 0.0, "3d": 0.0, "30d": 0.1}, "30d"),
        ({"30d": 0.1}, "30d"),
    ],
)
def test_traces_are_looked_for_in_the_shortest_bad_window(
    bad: dict[str, float], window: str, prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]
) -> None:
    prometheus.set(SUCCESS, bad=bad)
    prometheus.set(P99, bad=HEALTHY)
    _, (success, p99) = _answer(capsys, "--traces", "0")
    assert (success["window"], p99["window"]) == (window, None)


def test_without_jaeger_the_rest_is_shown(
    prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]
) -> None:
    prometheus.set(SUCCESS, bad={**HEALTHY, "1h": 0.5, "30d": 0.02})
    prometheus.set(P99, bad=HEALTHY)
    assert run(["slo"]) == 1
    shown = capsys.readouterr()
    first, success, p99 = shown.out.splitlines()
    assert first.split("  ")[0] == "objective"
    assert "good 20d" in first
    assert "99% good" in success
    assert "overspent" in success
    assert "99% ≤ 400 ms" in p99
    assert "the traces that spent the budget are unknown" in shown.err
    assert NOWHERE in shown.err


def test_nothing_recorded_yet(prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    code, (success, _) = _answer(capsys)
    assert code == 5
    assert (success["state"], success["good"], success["budget_left"]) == ("not enough data", None, None)
    assert run(["slo"]) == 5
    assert "too few requests to judge shop, success: 0, and 1 more" in capsys.readouterr().err


def test_values_that_are_no_numbers(prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    prometheus.set(SUCCESS, bad=HEALTHY)
    prometheus.series["kit:objective_burn:rate1h"] = {SUCCESS: "NaN"}
    prometheus.series["kit:objective_burn:rate6h"] = {SUCCESS: "+Inf"}
    _, (success, _) = _answer(capsys)
    assert (success["burn_1h"], success["burn_6h"]) == (None, None)


def test_prometheus_does_not_answer(
    prometheus: FakePrometheus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIT_PROMETHEUS_URL", NOWHERE)
    assert run(["slo"]) == 3
    assert f"Prometheus at {NOWHERE} does not answer" in capsys.readouterr().err
    monkeypatch.setenv("KIT_PROMETHEUS_URL", "http://[")
    assert run(["slo"]) == 3


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (200, "<html>", "no answer of a Prometheus"),
        (200, "[]", "no answer of a Prometheus"),
        (200, '{"status": "success", "data": {"result": [{}]}}', "no answer of a Prometheus"),
        (422, '{"status": "error", "error": "too many samples"}', "too many samples"),
        (503, "", "HTTP 503"),
    ],
)
def test_an_answer_that_is_none(
    status: int, text: str, said: str, prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]
) -> None:
    prometheus.refusal = (status, text)
    assert run(["slo"]) == 3
    assert said in capsys.readouterr().err


def test_monitoring_is_off(
    prometheus: FakePrometheus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KIT_PROMETHEUS_URL")
    Path("kit.yaml").write_text(SPEC.replace("monitoring: {enabled: true", "monitoring: {enabled: false"))
    assert run(["slo"]) == 1
    error = capsys.readouterr().err
    assert "monitoring is off" in error
    assert "monitoring: {enabled: true}" in error


@pytest.mark.parametrize("objectives", ["[]", "null"])
def test_no_objectives(
    objectives: str, prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, _ = SPEC.partition("objectives:")
    Path("kit.yaml").write_text(head + f"objectives: {objectives}\n")
    assert run(["slo"]) == 1
    assert "has no objectives" in capsys.readouterr().err
    assert prometheus.asked == []


def test_no_spec(prometheus: FakePrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["slo", "--spec", "other/kit.yaml"]) == 1
    assert "there is no other/kit.yaml" in capsys.readouterr().err
