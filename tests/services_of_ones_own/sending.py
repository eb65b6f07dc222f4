"""Spans made by hand and sent over OTLP, so that each is as a test needs it."""

from __future__ import annotations

import os
import time

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

MS = 10**6


def keys(attributes: dict[str, str] | None) -> list[KeyValue]:
    return [
        KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in (attributes or {}).items()
    ]


def span(
    name: str = "work",
    *,
    trace_id: bytes = b"",
    took_ms: int = 1,
    failed: bool = False,
    attributes: dict[str, str] | None = None,
    event: dict[str, str] | None = None,
) -> Span:
    now = time.time_ns()
    made = Span(
        trace_id=trace_id or os.urandom(16),
        span_id=os.urandom(8),
        name=name,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=now - took_ms * MS,
        end_time_unix_nano=now,
        attributes=keys(attributes),
        status=Status(code=Status.STATUS_CODE_ERROR) if failed else None,
    )
    if event:
        made.events.append(Span.Event(time_unix_nano=now, name="event", attributes=keys(event)))
    return made


def send(
    otlp_http: str,
    spans: list[Span],
    *,
    resource: dict[str, str] | None = None,
    scope: dict[str, str] | None = None,
) -> int:
    """Send them in one request; answers the HTTP status."""
    scoped = ScopeSpans(scope=InstrumentationScope(name="test", attributes=keys(scope)), spans=spans)
    owner = Resource(attributes=keys({"service.name": "sender", **(resource or {})}))
    request = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=owner, scope_spans=[scoped])])
    return httpx.post(
        f"{otlp_http}/v1/traces",
        content=request.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
        timeout=120,
        trust_env=False,
    ).status_code
