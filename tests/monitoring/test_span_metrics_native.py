"""Requests counted from spans: in Prometheus, in Jaeger's Monitor tab, and with exemplars that lead to traces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kit.provision import Program
from tests.doctor.asking import doctor
from tests.monitoring.asking import ask, query
from tests.native.faults import hung
from tests.native.stack import Stack, ask_for_coupon, running
from tests.patience import ANSWER_S, until

pytestmark = pytest.mark.native

# The fault makes each request of a campaign wait for 300 ms: longer than the objective.
SPEC = """monitoring: {enabled: true, interval: 1s}
native: {monitoring: true, storage: badger}
collector: {sampling: {keep: 50%, slower_than: 200ms, wait: 2s}}
objectives: [{service: coupon-api, success: 99%, p99: 200ms}]
"""
CALLS = "traces_span_metrics_calls_total"


@pytest.fixture(scope="module")
def stack(prometheus: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    del prometheus
    folder = tmp_path_factory.mktemp("span-metrics") / "stack"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTS", "cache_stampede")
        with running(folder, SPEC) as stack:
            yield stack


def total(stack: Stack, expression: str) -> int:
    return sum(int(float(series["value"][1])) for series in query(stack.prometheus, expression))


def test_requests_are_counted_before_sampling(stack: Stack) -> None:
    campaigns = (
        f'{CALLS}{{service_name="coupon-api",span_kind="SPAN_KIND_SERVER",span_name="POST /campaigns"}}'
    )
    before = total(stack, campaigns)
    for _ in range(20):
        ask_for_coupon(stack)
    until(
        lambda: total(stack, campaigns) - before == 20, lambda: (before, query(stack.prometheus, campaigns))
    )


def test_every_series_has_the_labels(stack: Stack) -> None:
    ask_for_coupon(stack)
    until(lambda: bool(query(stack.prometheus, CALLS)), lambda: "no series")
    until(lambda: bool(query(stack.prometheus, "traces_service_graph_request_total")), lambda: "no graph")
    for label in ("service_namespace", "application"):
        without = query(
            stack.prometheus,
            f'{{__name__=~".+",__name__!~"target_info|ALERTS.*|scrape_.*|kit:.*",{label}=""}}',
        )
        assert {series["metric"]["__name__"] for series in without} == set()
    services = {series["metric"]["service_name"] for series in query(stack.prometheus, CALLS)}
    assert services == {"coupon-api", "coupon-issuer", "coupon-notifier"}


def test_the_queues_are_edges_of_the_graph(stack: Stack) -> None:
    ask_for_coupon(stack)
    expected = {("coupon-api", "coupon-issuer"), ("coupon-issuer", "coupon-notifier")}

    def edges() -> set[tuple[str, str]]:
        found = query(
            stack.prometheus, 'traces_service_graph_request_total{connection_type="messaging_system"}'
        )
        return {(series["metric"]["client"], series["metric"]["server"]) for series in found}

    until(lambda: edges() == expected, edges)


def test_an_exemplar_of_a_slow_request_leads_to_its_trace(stack: Stack) -> None:
    slow: list[str] = []

    def ask_slowly() -> None:
        with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
            made = client.post("/campaigns", json={"name": "slow", "stock": 1}).raise_for_status()
            answer = client.get(f"/campaigns/{made.json()['id']}").raise_for_status()
        assert answer.elapsed.total_seconds() > 0.2
        slow.append(answer.headers["X-Trace-Id"])

    def exemplars() -> set[str]:
        now = time.time()
        series = ask(
            stack.prometheus,
            "query_exemplars",
            query='traces_span_metrics_duration_seconds_bucket{span_name="GET /campaigns/{campaign_id}"}',
            start=now - 300,
            end=now + 60,
        )
        return {
            exemplar["labels"]["trace_id"]
            for one in series
            for exemplar in one["exemplars"]
            if float(exemplar["value"]) > 0.2
        }

    def leads_there() -> bool:
        # Prometheus keeps no exemplar that is older than the last one of its series, so one request may have none.
        ask_slowly()
        return bool(exemplars().intersection(slow))

    until(leads_there, lambda: (slow, exemplars()))
    trace = exemplars().intersection(slow).pop()

    def is_found() -> bool:
        # A slow trace is kept by the sampling, too.
        return stack.kit("traces", "show", trace, "--output", "json").returncode == 0

    until(is_found, lambda: stack.kit("traces", "show", trace).stderr)


def test_the_limit_of_an_objective_is_an_edge(stack: Stack) -> None:
    ask_for_coupon(stack)
    bucket = 'traces_span_metrics_duration_seconds_bucket{le="0.2"}'
    until(
        lambda: bool(query(stack.prometheus, bucket)),
        lambda: query(stack.prometheus, f"count by (le) ({bucket})"),
    )


def test_jaegers_monitor_tab_has_data(stack: Stack) -> None:
    ask_for_coupon(stack)

    def operations(what: str) -> set[str]:
        answer = httpx.get(
            f"{stack.jaeger}/api/metrics/{what}",
            params={
                "service": "coupon-api",
                "groupByOperation": "true",
                "quantile": "0.95",
                "endTs": int(time.time() * 1000),
                "lookback": 600_000,
                "step": 5_000,
                "ratePer": 60_000,
                "spanKind": "server",
            },
            timeout=ANSWER_S,
            trust_env=False,
        )
        return {
            label["value"]
            for metric in answer.raise_for_status().json().get("metrics") or []
            for label in metric["labels"]
            if label["name"] == "operation"
        }

    def shown() -> dict[str, set[str]]:
        return {what: operations(what) for what in ("calls", "errors", "latencies")}

    until(lambda: all("POST /campaigns" in found for found in shown().values()), shown)


class TestTheDoctor:
    def line(self, stack: Stack) -> dict[str, Any]:
        line: dict[str, Any] = doctor(stack)[1]["monitor tab"]
        return line

    def test_all_links_are_whole(self, stack: Stack) -> None:
        ask_for_coupon(stack)
        until(lambda: "coupon-api" in self.line(stack)["found"], lambda: self.line(stack))
        assert self.line(stack)["outcome"] == "pass"

    def test_jaeger_reads_other_names(self, stack: Stack) -> None:
        """The mistake that most people make: the names have suffixes, and Jaeger does not expect them."""
        ask_for_coupon(stack)
        config = stack.folder / ".kit" / "native" / "jaeger" / "config.yaml"
        sound = config.read_text()
        restart_jaeger(stack)
        config.write_text(sound.replace("normalize_calls: true", "normalize_calls: false"))
        try:
            restart_jaeger(stack)
            until(lambda: self.line(stack)["outcome"] == "fail", lambda: self.line(stack))
            assert "other names" in self.line(stack)["found"]
            assert "normalize_calls" in self.line(stack)["next"]
        finally:
            config.write_text(sound)
            restart_jaeger(stack)
        until(lambda: self.line(stack)["outcome"] == "pass", lambda: self.line(stack))

    def test_prometheus_is_down(self, stack: Stack) -> None:
        with hung(stack, "prometheus"):
            line = self.line(stack)
        assert line["outcome"] == "fail"
        assert "does not answer" in line["found"]
        assert "Prometheus" in line["found"]


def process_of(stack: Stack, name: str) -> Any:
    (process,) = [one for one in stack.processes() if one.name() == name]
    return process


def restart_jaeger(stack: Stack) -> None:
    """End it: its supervisor starts it again, with the config as it is now."""
    process = process_of(stack, "jaeger")
    process.terminate()
    process.wait(ANSWER_S)
    until(lambda: ready(stack), lambda: stack.status())


def ready(stack: Stack) -> bool:
    return any(one["name"] == "jaeger" and one["ready"] for one in stack.status()["components"])
