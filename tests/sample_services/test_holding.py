"""A collector that is away costs no span until the SDK's queue is full; then the oldest are dropped, and counted."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as messages
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as services
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sample_services.telemetry import holding
from sample_services.telemetry.last_flush import PatientExporter
from tests.patience import PATIENCE_S

PROCESSED, EXPORTED = "otel.sdk.processor.span.processed", "otel.sdk.exporter.span.exported"


class Collector(services.TraceServiceServicer):
    """Keeps the names of spans; refuses with a status while there is one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.refusal: grpc.StatusCode | None = None
        self.refused = threading.Event()

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802  # the service's name
        if self.refusal is not None:
            self.refused.set()
            context.abort(self.refusal, "not now")
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.names += [span.name for span in scope.spans]
        return messages.ExportTraceServiceResponse()


@contextmanager
def served(collector: Collector, port: int) -> Iterator[None]:
    server = grpc.server(ThreadPoolExecutor(2))
    services.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    assert server.add_insecure_port(f"127.0.0.1:{port}") == port
    server.start()
    try:
        yield
    finally:
        server.stop(0).wait()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Service:
    """An SDK as the samples start it, with the counters in memory."""

    def __init__(self, port: int, monkeypatch: pytest.MonkeyPatch, queue: int) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        # The SDK's own exporter would give a batch up after its first try.
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")
        monkeypatch.setenv("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "true")
        monkeypatch.setattr(holding, "_PAUSE_SECONDS", 0.05)
        self.reader = InMemoryMetricReader()
        meters = MeterProvider(metric_readers=[self.reader])
        self.exporter = PatientExporter(meter_provider=meters)
        self.provider = TracerProvider(meter_provider=meters)
        self.provider.add_span_processor(
            BatchSpanProcessor(
                self.exporter, queue, schedule_delay_millis=10, max_export_batch_size=5, meter_provider=meters
            )
        )

    def spans(self, names: range) -> None:
        tracer = self.provider.get_tracer("test")
        for name in names:
            tracer.start_span(str(name)).end()

    def counted(self, metric: str) -> dict[str, int]:
        """Spans by `error.type`, empty for those that are well."""
        data: Any = self.reader.get_metrics_data()
        return {
            str(point.attributes.get("error.type", "")): point.value
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for one in scope.metrics
            if one.name == metric
            for point in one.data.data_points
        }

    def stop(self, seconds: float = 5) -> int:
        return self.exporter.flush_within(seconds, self.provider.shutdown)


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_comes_while_the_collector_is_away_is_sent_once_it_is_back(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, collector = Service(port, monkeypatch, 100), Collector()
    service.spans(range(50))
    time.sleep(2)  # several series of tries
    assert service.counted(EXPORTED) == {}
    with served(collector, port):
        wait_until(lambda: len(collector.names) == 50)
        assert sorted(map(int, collector.names)) == list(range(50))
        assert service.stop() == 0
    assert service.counted(EXPORTED) == {"": 50}
    assert service.counted(PROCESSED) == {"": 50}


def test_a_full_queue_drops_the_oldest_in_it_and_counts_them(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, collector = Service(port, monkeypatch, 20), Collector()
    service.spans(range(5))
    wait_until(lambda: service.counted(PROCESSED) == {"": 5})  # one batch is in hand
    service.spans(range(5, 55))
    with served(collector, port):
        wait_until(lambda: len(collector.names) == 25)
        assert sorted(map(int, collector.names)) == [*range(5), *range(35, 55)]
        assert service.stop() == 0
    assert service.counted(PROCESSED) == {"": 25, "queue_full": 30}
    assert service.counted(EXPORTED) == {"": 25}


def test_a_collector_that_is_busy_gets_the_batch_later(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    service, collector = Service(port, monkeypatch, 100), Collector()
    collector.refusal = grpc.StatusCode.UNAVAILABLE
    with served(collector, port):
        service.spans(range(5))
        assert collector.refused.wait(120)
        time.sleep(1)
        collector.refusal = None
        wait_until(lambda: len(collector.names) == 5)
        assert service.stop() == 0
    assert service.counted(EXPORTED) == {"": 5}


@pytest.mark.parametrize("status", ["RESOURCE_EXHAUSTED", "INVALID_ARGUMENT"])
def test_what_will_never_be_taken_holds_up_nothing(
    port: int, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    service, collector = Service(port, monkeypatch, 100), Collector()
    collector.refusal = grpc.StatusCode[status]
    with served(collector, port):
        service.spans(range(5))
        wait_until(lambda: sum(service.counted(EXPORTED).values()) == 5)
        assert "" not in service.counted(EXPORTED)
        collector.refusal = None
        service.spans(range(5, 10))
        wait_until(lambda: len(collector.names) == 5)
        assert service.stop() == 0


def test_at_the_end_all_that_is_held_is_given_up_and_counted(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(port, monkeypatch, 100)
    service.spans(range(50))
    wait_until(lambda: service.counted(PROCESSED) == {"": 5})
    assert service.stop(0.5) == 50
    counted = service.counted(EXPORTED)
    assert sum(counted.values()) == 50
    assert "" not in counted
