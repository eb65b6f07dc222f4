"""Metrics are pushed only if asked for, to the last value, and a collector that is down costs nothing but a line."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.patience import until

from .otlp_sink import OtlpSink, ReceivedPoint
from .service_processes import ServiceProcess
from .test_processes import ask, running, wait_for_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PUSHED = {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_METRIC_EXPORT_INTERVAL": "100"}
AN_HOUR = {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_METRIC_EXPORT_INTERVAL": "3600000"}


def of(points: Iterable[ReceivedPoint], name: str, **attributes: str) -> list[ReceivedPoint]:
    wanted = {key.replace("__", "."): value for key, value in attributes.items()}
    return [it for it in points if it.name == name and wanted.items() <= it.attributes.items()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_metrics_arrive_with_the_traces_that_they_measured(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= PUSHED | {"LATENCY_BUCKETS": "0.1,0.4,2"}
    with OtlpSink() as sink:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.endpoint
        with running(environment, tmp_path) as services:
            request_id, trace_id = ask(services[0].url)
            assert wait_for_outcome(services[0].url, request_id) == "delivered"
            until(lambda: len(sink.pushes) > 9, lambda: sink.pushes)
            assert [service.terminate() for service in services] == [0, 0, 0]
        points = [point for push in sink.pushes for point in push]
    requests = of(points, "http.server.request.duration", http__route="/campaigns/{campaign_id}/coupons")
    assert {(it.service, it.edges) for it in requests} == {("coupon-api", (0.1, 0.4, 2.0))}
    # The whole way of the coupon is in one trace: each of its steps can lead to it.
    for name, attributes in (
        ("http.server.request.duration", {"http__route": "/campaigns/{campaign_id}/coupons"}),
        ("messaging.redis.queue.wait", {"messaging__destination__name": "coupon.requests"}),
        ("messaging.process.duration", {"messaging__destination__name": "coupon.requests"}),
        ("db.client.operation.duration", {"db__operation__name": "COMMIT"}),
        ("db.client.operation.duration", {"db__system__name": "redis", "db__operation__name": "EVALSHA"}),
        ("messaging.process.duration", {"messaging__destination__name": "coupon.issued"}),
        ("http.client.request.duration", {}),
    ):
        found = {one for it in of(points, name, **attributes) for one in it.trace_ids}
        assert trace_id in found, (name, attributes)


@pytest.mark.parametrize("variables", [{}, {"OTEL_METRICS_EXPORTER": "none"}])
def test_nothing_is_pushed_unless_asked_for(
    environment: dict[str, str], tmp_path: Path, variables: dict[str, str]
) -> None:
    with OtlpSink() as sink:
        environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint, "OTEL_METRIC_EXPORT_INTERVAL": "50"}
        with ServiceProcess("coupon_issuer", environment | variables, tmp_path) as service:
            service.wait_until_ready()
            assert (
                "process_cpu_time_seconds_total" in httpx.get(f"{service.url}/metrics", trust_env=False).text
            )
            assert service.terminate() == 0
        assert sink.pushes == []


def test_the_last_values_are_pushed_at_the_end(environment: dict[str, str], tmp_path: Path) -> None:
    with OtlpSink() as sink:
        environment |= AN_HOUR | {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint}
        with ServiceProcess("coupon_api", environment, tmp_path) as service:
            service.wait_until_ready()
            for _ in range(7):
                httpx.get(f"{service.url}/", trust_env=False).raise_for_status()
            assert service.terminate() == 0
        (last,) = sink.pushes
        # Spans are sent before: what became of them is among the last values.
        (sent,) = of(last, "otel.sdk.exporter.span.exported")
    assert [it.value for it in of(last, "http.server.request.duration")] == [7]
    assert sent.value == 7


def test_a_collector_that_is_down_costs_a_line_and_gets_everything_when_it_comes(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    environment |= PUSHED | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_TRACES_EXPORTER": "none",
    }
    with ServiceProcess("coupon_api", environment, tmp_path) as service:
        service.wait_until_ready()
        until(lambda: "accepts no metrics" in service.log.read_text(), service.log.read_text)
        for _ in range(50):
            httpx.get(f"{service.url}/", trust_env=False).raise_for_status()
        with OtlpSink(port) as sink:
            until(
                lambda: any(of(push, "http.server.request.duration") for push in sink.pushes),
                service.log.read_text,
            )
            assert [it.value for it in of(sink.pushes[-1], "http.server.request.duration")] == [50]
        until(lambda: service.log.read_text().count("accepts no metrics") == 2, service.log.read_text)
        assert service.terminate() == 0
        log = service.log.read_text()
    assert "Traceback" not in log
    told = [line for line in log.splitlines() if " WARNING " in line or " ERROR " in line]
    assert [line.rpartition("accepts ")[2] for line in told] == [
        "no metrics: the next push contains them",
        "metrics again",
        "no metrics: the next push contains them",
    ]


@pytest.mark.parametrize("listens", [False, True], ids=["nobody listens", "somebody is silent"])
def test_a_dead_collector_does_not_keep_a_process(
    environment: dict[str, str], tmp_path: Path, listens: bool
) -> None:
    """The push alone would wait for ten minutes: `terminate` does not."""
    listener = socket.create_server(("127.0.0.1", 0))
    environment |= AN_HOUR | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{listener.getsockname()[1]}",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "600",
    }
    if not listens:
        listener.close()
    with ServiceProcess("coupon_api", environment, tmp_path) as service:
        service.wait_until_ready()
        assert service.terminate() == 0
        assert "Traceback" not in service.log.read_text()
    listener.close()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_METRIC_EXPORT_INTERVAL", "0"), ("OTEL_METRICS_EXEMPLAR_FILTER", "sometimes")],
)
def test_a_variable_that_the_sdk_refuses_is_a_line(
    environment: dict[str, str], tmp_path: Path, variable: str, value: str
) -> None:
    environment |= PUSHED | {variable: value}
    with ServiceProcess("coupon_api", environment, tmp_path) as service:
        assert service.wait() == 1
        log = service.log.read_text()
    assert "coupon-api cannot run: " in log
    assert "Traceback" not in log
