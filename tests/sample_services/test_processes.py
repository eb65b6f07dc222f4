"""The three real processes, real Redis, real SQLite, real OTLP: what a request looks like from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from sample_services.load import run_load
from tests.patience import PATIENCE_S

from .otlp_sink import OtlpSink, ReceivedSpan
from .service_processes import ROOT, ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running(environment: dict[str, str], folder: Path) -> Iterator[list[ServiceProcess]]:
    """The three services, ready; started at once on an empty database."""
    with ExitStack() as stack:
        api = stack.enter_context(ServiceProcess("coupon_api", environment, folder))
        issuer = stack.enter_context(ServiceProcess("coupon_issuer", environment, folder))
        environment = {**environment, "COUPON_API_URL": api.url}
        notifier = stack.enter_context(ServiceProcess("coupon_notifier", environment, folder))
        services = [api, issuer, notifier]
        for service in services:
            service.wait_until_ready()
        yield services


def wait_for_outcome(url: str, request_id: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    status = ""
    while time.monotonic() < deadline:
        status = httpx.get(f"{url}/coupons/{request_id}", trust_env=False).json()["status"]
        if status in {"delivered", "rejected"}:
            break
        time.sleep(0.02)
    return status


def ask(url: str) -> tuple[str, str]:
    """Make a campaign and ask for a coupon; the request's id and its trace's."""
    campaign = httpx.post(f"{url}/campaigns", json={"name": "one", "stock": 5}, trust_env=False).json()
    answer = httpx.post(f"{url}/campaigns/{campaign['id']}/coupons", json={"user_id": "u1"}, trust_env=False)
    assert answer.status_code == 202, answer.text
    return answer.json()["request_id"], answer.headers["x-trace-id"]


def chain(spans: list[ReceivedSpan]) -> list[tuple[str, str, str]]:
    """From the root down, the hops between services (SQL left out)."""
    by_parent: dict[str, list[ReceivedSpan]] = {}
    for span in spans:
        if "db.system.name" not in span.attributes:
            by_parent.setdefault(span.parent_id, []).append(span)
    hops, parent = [], ""
    while parent in by_parent:
        (span,) = by_parent[parent]
        hops.append((span.service, span.kind, span.name))
        parent = span.span_id
    return hops


def test_in_parent_mode_one_trace_crosses_both_queues_and_comes_back(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with OtlpSink() as sink:
        environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint, "MESSAGING_PROPAGATION": "parent"}
        with running(environment, tmp_path) as services:
            request_id, trace_id = ask(services[0].url)
            assert wait_for_outcome(services[0].url, request_id) == "delivered"
            assert [service.terminate() for service in services] == [0, 0, 0]
        spans = [span for span in sink.spans if span.trace_id == trace_id]

    assert chain(spans) == [
        ("coupon-api", "SERVER", "POST /campaigns/{campaign_id}/coupons"),
        ("coupon-api", "PRODUCER", "send coupon.requests"),
        ("coupon-issuer", "CONSUMER", "process coupon.requests"),
        ("coupon-issuer", "PRODUCER", "send coupon.issued"),
        ("coupon-notifier", "CONSUMER", "process coupon.issued"),
        ("coupon-notifier", "CLIENT", "POST"),
        ("coupon-api", "SERVER", "POST /deliveries"),
    ]
    statements = {(s.service, s.name) for s in spans if "db.system.name" in s.attributes}
    assert {
        ("coupon-issuer", "INSERT coupons"),
        ("coupon-issuer", "UPDATE campaigns"),
        ("coupon-issuer", "COMMIT"),
        ("coupon-api", "INSERT deliveries"),
    } <= statements
    campaigns = {s.attributes.get("coupon.campaign") for s in spans if s.kind in {"SERVER", "CONSUMER"}}
    assert len(campaigns) == 1
    assert None not in campaigns
    assert {s.attributes["http.route"] for s in spans if s.kind == "SERVER"} == {
        "/campaigns/{campaign_id}/coupons",
        "/deliveries",
    }
    assert not {s.name for s in spans} & {"connect", "http send", "http receive"}


def test_in_link_mode_each_hop_is_a_trace_that_points_back(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with OtlpSink() as sink:
        environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint, "MESSAGING_PROPAGATION": "link"}
        with running(environment, tmp_path) as services:
            request_id, trace_id = ask(services[0].url)
            assert wait_for_outcome(services[0].url, request_id) == "delivered"
            for service in services:
                service.terminate()
        spans = sink.spans

    by_id = {span.span_id: span for span in spans}
    (issued,) = (s for s in spans if s.name == "process coupon.requests")
    (notified,) = (s for s in spans if s.name == "process coupon.issued")
    (delivered,) = (s for s in spans if s.name == "POST /deliveries")
    assert [by_id[link].name for link in issued.links] == ["send coupon.requests"]
    assert [by_id[link].trace_id for link in issued.links] == [trace_id]
    assert [by_id[link].trace_id for link in notified.links] == [issued.trace_id]
    assert issued.parent_id == notified.parent_id == ""
    assert delivered.trace_id == notified.trace_id
    assert len({trace_id, issued.trace_id, notified.trace_id}) == 3


def test_idle_services_send_no_spans_and_show_their_metrics(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with OtlpSink() as sink:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.endpoint
        with running(environment, tmp_path) as services:
            for service in services:
                assert httpx.get(f"{service.url}/healthz", trust_env=False).status_code == 200
                metrics = httpx.get(f"{service.url}/metrics", trust_env=False).text
                assert "otel_sdk_processor_span_queue_capacity" in metrics
            for service in services:
                service.terminate()
        assert sink.spans == []


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_the_services_work_without_tracing(
    environment: dict[str, str], tmp_path: Path, off: dict[str, str]
) -> None:
    with running(environment | off, tmp_path) as services:
        result = run_load(services[0].url, requests=20, concurrency=4)
        assert result.outcomes.total() == 20
        assert bool(result.trace_ids) == ("OTEL_TRACES_EXPORTER" in off)
        assert [service.terminate() for service in services] == [0, 0, 0]


def test_a_load_is_delivered_to_the_last_span_and_nobody_gets_too_much(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with OtlpSink() as sink:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.endpoint
        with running(environment, tmp_path) as services:
            command = [sys.executable, "-m", "sample_services.load", "--json", "--url", services[0].url]
            done = subprocess.run(
                [*command, "--requests", "100", "--concurrency", "8"],
                cwd=ROOT,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            result = json.loads(done.stdout)
            for request_id in result["request_ids"]:
                wait_for_outcome(services[0].url, request_id)
            (campaign,) = httpx.get(f"{services[0].url}/campaigns", trust_env=False).json()
            for service in services:
                service.terminate()
        traces = {span.trace_id: set[str]() for span in sink.spans}
        for span in sink.spans:
            traces[span.trace_id].add(span.name)

    assert result["accepted"] == 100
    assert campaign["issued"] == campaign["stock"] == len(campaign["coupons"]) == 72
    assert len({coupon["user_id"] for coupon in campaign["coupons"]}) == 72
    complete = [names for names in traces.values() if "POST /deliveries" in names]
    assert len(complete) == 72
    assert all("process coupon.requests" in traces[trace_id] for trace_id in result["trace_ids"])


def test_a_killed_issuers_entries_are_taken_up_by_the_next(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"OTEL_SDK_DISABLED": "true", "QUEUE_RECLAIM_IDLE": "100"}
    with running(environment, tmp_path) as (api, issuer, _):
        issuer.kill()
        ids = []
        campaign = httpx.post(f"{api.url}/campaigns", json={"name": "k", "stock": 3}, trust_env=False).json()
        for n in range(5):
            answer = httpx.post(
                f"{api.url}/campaigns/{campaign['id']}/coupons", json={"user_id": f"u{n}"}, trust_env=False
            )
            ids.append(answer.json()["request_id"])
        with ServiceProcess("coupon_issuer", environment, tmp_path):
            outcomes = [wait_for_outcome(api.url, request_id) for request_id in ids]
    assert sorted(outcomes) == ["delivered"] * 3 + ["rejected"] * 2


@pytest.mark.parametrize("module", ["coupon_api", "coupon_issuer", "coupon_notifier"])
def test_a_service_without_settings_names_what_is_missing(module: str, tmp_path: Path) -> None:
    with ServiceProcess(module, {"OTEL_SDK_DISABLED": "true"}, tmp_path) as service:
        assert service.wait() == 1
        log = service.log.read_text()
    assert "REDIS_URL is not set" in log
    assert "_PORT is not set" in log
    assert "Traceback" not in log


def test_a_taken_port_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    environment["OTEL_SDK_DISABLED"] = "true"
    with ServiceProcess("coupon_issuer", environment, tmp_path) as first:
        environment["HEALTH_PORT"] = first.url.rpartition(":")[2]
        with ServiceProcess("coupon_issuer", environment, tmp_path / "..") as second:
            assert second.wait() == 1
            log = second.log.read_text()
    assert "HEALTH_PORT: cannot listen on 127.0.0.1:" in log
    assert "Traceback" not in log
