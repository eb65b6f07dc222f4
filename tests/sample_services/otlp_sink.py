"""A real OTLP/gRPC receiver for tests: keeps every span and every point of a metric that an exporter delivers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import grpc  # type: ignore[import-untyped]
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import (
    MetricsServiceServicer,
    add_MetricsServiceServicer_to_server,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it came over the wire."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: list[str]
    attributes: dict[str, Any]
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class ReceivedPoint:
    """A point of a metric as it came over the wire; of a histogram, the number of its values."""

    service: str
    name: str
    attributes: dict[str, Any]
    value: float
    edges: tuple[float, ...]
    trace_ids: tuple[str, ...]


class _Metrics(MetricsServiceServicer):
    def __init__(self) -> None:
        self.pushes: list[list[ReceivedPoint]] = []

    def Export(  # noqa: N802
        self, request: ExportMetricsServiceRequest, context: grpc.ServicerContext
    ) -> ExportMetricsServiceResponse:
        self.pushes.append(
            [
                _point(_attributes(resource.resource.attributes).get("service.name", ""), metric.name, point)
                for resource in request.resource_metrics
                for scope in resource.scope_metrics
                for metric in scope.metrics
                for point in getattr(metric, metric.WhichOneof("data")).data_points
            ]
        )
        return ExportMetricsServiceResponse()


class OtlpSink(TraceServiceServicer):
    def __init__(self, port: int = 0) -> None:
        self._spans: list[ReceivedSpan] = []
        self._changed = threading.Condition()
        self._server = grpc.server(ThreadPoolExecutor(4))
        add_TraceServiceServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]
        self._metrics = _Metrics()
        add_MetricsServiceServicer_to_server(self._metrics, self._server)  # type: ignore[no-untyped-call]
        port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self.endpoint = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()

    def Export(  # noqa: N802
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        with self._changed:
            for resource_spans in request.resource_spans:
                service = _attributes(resource_spans.resource.attributes).get("service.name", "")
                for scope_spans in resource_spans.scope_spans:
                    self._spans.extend(_received(service, span) for span in scope_spans.spans)
            self._changed.notify_all()
        return ExportTraceServiceResponse()

    @property
    def spans(self) -> list[ReceivedSpan]:
        with self._changed:
            return list(self._spans)

    @property
    def pushes(self) -> list[list[ReceivedPoint]]:
        """What each push of metrics held."""
        return list(self._metrics.pushes)

    def wait_for(
        self, enough: Callable[[list[ReceivedSpan]], bool], seconds: float = PATIENCE_S
    ) -> list[ReceivedSpan]:
        """The spans, once there are enough; fails with what there is when time is up."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not enough(self._spans):
                left = deadline - time.monotonic()
                assert left > 0, "\n".join(f"{s.trace_id} {s.service} {s.name}" for s in self._spans)
                self._changed.wait(left)
            return list(self._spans)


def _received(service: str, span: trace_pb2.Span) -> ReceivedSpan:
    return ReceivedSpan(
        service,
        span.name,
        trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        [link.span_id.hex() for link in span.links],
        _attributes(span.attributes),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
    )


def _point(service: str, name: str, point: Any) -> ReceivedPoint:
    is_histogram = hasattr(point, "bucket_counts")
    value = point.count if is_histogram else getattr(point, point.WhichOneof("value"))
    edges = tuple(point.explicit_bounds) if is_histogram else ()
    trace_ids = tuple(exemplar.trace_id.hex() for exemplar in point.exemplars)
    return ReceivedPoint(service, name, _attributes(point.attributes), value, edges, trace_ids)


def _attributes(pairs: Any) -> dict[str, Any]:
    def value(pair: KeyValue) -> Any:
        kind = pair.value.WhichOneof("value")
        return getattr(pair.value, kind) if kind else None

    return {pair.key: value(pair) for pair in pairs}
