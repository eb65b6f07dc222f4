"""OTLP requests as the collector makes them."""

from __future__ import annotations

import os

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span


def span(name: str, **attributes: str) -> Span:
    now = 1_796_000_000_000_000_000
    return Span(
        trace_id=os.urandom(16), span_id=os.urandom(8), name=name, start_time_unix_nano=now,
        end_time_unix_nano=now + 10**6, attributes=[text(key, value) for key, value in attributes.items()],
    )  # fmt: skip


def text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def group(service: str, spans: list[Span]) -> ResourceSpans:
    resource = Resource(attributes=[text("host.name", "h"), text("service.name", service)])
    return ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=spans)], schema_url="https://x/1")


def request(*groups: ResourceSpans) -> bytes:
    data: bytes = ExportTraceServiceRequest(resource_spans=groups).SerializeToString()
    return data


def of_names(*names: str, service: str = "shop") -> bytes:
    return request(group(service, [span(name) for name in names]))
