"""The spans that are sent: shaped like those of the sample services, encoded once and patched for each request.

A trace crosses three services with four spans each. A request carries one service's spans of 25 traces, as an
SDK's would. What differs between two requests of a kind has a fixed width in protobuf: ids and times.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

SERVICES = ("coupon-api", "coupon-issuer", "coupon-notifier")
POSITIONS = 4
TRACES = 25
BATCH = TRACES * POSITIONS
# As many different values as each attribute has; a multiple of the failures' distance.
VARIATIONS = 20
SCOPE = "bench.write_path"

Value = str | int | bool
_KINDS = {"server": 2, "client": 3, "producer": 4, "consumer": 5}
_ERROR = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a span but its ids and its time: 12 attributes."""

    service: str
    name: str
    kind: str
    duration_us: int
    attributes: Mapping[str, Value]
    failed: bool


@dataclass(frozen=True, slots=True)
class SpanPlace:
    """Where a span is in a run."""

    group: int
    service: int
    trace: int
    position: int

    @property
    def span_id(self) -> int:
        """Eight bytes, different for each span; never zero."""
        return self.group << 32 | self.trace << 8 | self.service * POSITIONS + self.position + 1

    def trace_id(self, salt: int) -> bytes:
        """The same for the spans of all three services."""
        return struct.pack(">QII", salt, self.group, self.trace)


def placed(number: int) -> SpanPlace:
    """The place of a run's n-th span; bench/cql_writer counts in the same way."""
    batch, within = divmod(number, BATCH)
    return SpanPlace(batch // len(SERVICES) + 1, batch % len(SERVICES), *divmod(within, POSITIONS))


def number_of(trace_id: bytes, span_id: int) -> int:
    """The inverse: which span of its run a row is."""
    group: int
    trace: int
    _, group, trace = struct.unpack(">QII", trace_id)
    service, position = divmod((span_id & 0xFF) - 1, POSITIONS)
    return ((group - 1) * len(SERVICES) + service) * BATCH + trace * POSITIONS + position


def resource(service: str) -> dict[str, Value]:
    """Six attributes."""
    return {
        "service.name": service,
        "service.namespace": "coupons",
        "service.instance.id": f"{service}-7d9c5b6f4-x2x8v",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.0",
    }


def shape(service: int, position: int, variation: int) -> Shape:
    """One of the twelve kinds of span, in one of its variations; one in twenty fails."""
    make = (_server, _database, _database, _send) if service == 0 else (_process, _database, _database, _send)
    name, kind, attributes = make[position](SERVICES[service], position, variation)
    failed = variation == position
    if failed:
        # In the place of another, so that all spans have as many.
        del attributes["network.peer.port"]
        attributes["error.type"] = "TimeoutError"
    duration = 400 * (position + 1) * (1 + variation)
    return Shape(SERVICES[service], name, kind, duration, attributes, failed)


def _server(_service: str, _position: int, variation: int) -> tuple[str, str, dict[str, Value]]:
    route = "/campaigns/{campaign_id}/coupons"
    return f"POST {route}", "server", {
        "http.request.method": "POST",
        "http.route": route,
        "http.response.status_code": 409 if variation % 5 == 1 else 202,
        "url.scheme": "http",
        "url.path": f"/campaigns/{variation}/coupons",
        "server.address": "coupon-api",
        "server.port": 8080,
        "client.address": f"10.0.3.{variation}",
        "user_agent.original": "python-requests/2.32.4",
        "network.protocol.version": "1.1",
        "network.peer.port": 40_000 + variation,
        "coupon.campaign": str(variation),
    }  # fmt: skip


def _database(service: str, position: int, variation: int) -> tuple[str, str, dict[str, Value]]:
    verb, table = ("SELECT", "campaigns") if position == 1 else ("INSERT", "coupons")
    return f"{verb} {table}", "client", {
        "db.system.name": "postgresql",
        "db.namespace": "coupons",
        "db.operation.name": verb,
        "db.collection.name": table,
        "db.query.summary": f"{verb} {table}",
        "db.query.text": f"{verb} … {table} … campaign_id = ? AND user_id = ? AND state IN (?, ?)",
        "db.response.returned_rows": variation % 3,
        "server.address": "postgres",
        "server.port": 5432,
        "network.peer.address": "10.0.7.12",
        "network.peer.port": 5432,
        "code.function.name": f"{service.replace('-', '_')}.store.{verb.lower()}_{table}",
    }  # fmt: skip


def _messaging(stream: str, operation: str, variation: int) -> dict[str, Value]:
    return {
        "messaging.system": "redis",
        "messaging.destination.name": stream,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.message.id": f"17957{variation:08d}-0",
        "messaging.client.id": f"worker-{variation % 4}",
        "messaging.batch.message_count": 1 + variation % 8,
        "server.address": "redis",
        "server.port": 6379,
        "network.peer.address": "10.0.7.13",
        "network.peer.port": 6379,
        "coupon.campaign": str(variation),
    }


def _send(service: str, _position: int, variation: int) -> tuple[str, str, dict[str, Value]]:
    stream = {"coupon-api": "coupon.requests", "coupon-issuer": "coupon.issued"}.get(service, "coupon.done")
    return f"send {stream}", "producer", _messaging(stream, "send", variation)


def _process(service: str, _position: int, variation: int) -> tuple[str, str, dict[str, Value]]:
    stream = "coupon.requests" if service == "coupon-issuer" else "coupon.issued"
    return f"process {stream}", "consumer", _messaging(stream, "process", variation)


def variation(place: SpanPlace) -> int:
    """Which variation of its shape a span is."""
    return (place.group + place.trace) % VARIATIONS


def attributes_of(values: Mapping[str, Value]) -> Iterator[KeyValue]:
    """As OTLP."""
    for key, value in values.items():
        if isinstance(value, bool):
            yield KeyValue(key=key, value=AnyValue(bool_value=value))
        elif isinstance(value, int):
            yield KeyValue(key=key, value=AnyValue(int_value=value))
        else:
            yield KeyValue(key=key, value=AnyValue(string_value=value))


def request(first: int, salt: int, start_us: int) -> ExportTraceServiceRequest:
    """The request whose first span is the n-th of the run, made in full."""
    spans = [_span(number, salt, start_us) for number in range(first, first + BATCH)]
    scope = ScopeSpans(scope=InstrumentationScope(name=SCOPE), spans=spans)
    owner = Resource(attributes=attributes_of(resource(SERVICES[placed(first).service])))
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=owner, scope_spans=[scope])])


def _span(number: int, salt: int, start_us: int) -> Span:
    place = placed(number)
    form = shape(place.service, place.position, variation(place))
    root = place.service == place.position == 0
    start = (start_us + number) * 1000
    return Span(
        trace_id=place.trace_id(salt),
        span_id=struct.pack(">Q", place.span_id),
        parent_span_id=b"" if root else struct.pack(">Q", place.span_id - 1),
        name=form.name,
        kind=Span.SpanKind.ValueType(_KINDS[form.kind]),
        start_time_unix_nano=start,
        end_time_unix_nano=start + form.duration_us * 1000,
        attributes=attributes_of(form.attributes),
        status=Status(code=Status.StatusCode.ValueType(_ERROR)) if form.failed else None,
    )
