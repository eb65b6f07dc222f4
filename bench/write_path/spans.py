"""The spans to send: similar to those of the sample services, encoded once and patched for each request.

A trace has four spans in each of three services. A request holds the spans of one service from 25 traces, like the
request of an SDK. Two requests of a kind differ only in ids and times, which have a fixed width in protobuf.
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
# Number of different values of each attribute; a multiple of the interval between failures.
VARIATIONS = 20
SCOPE = "bench.write_path"

Value = str | int | bool
_KINDS = {"server": 2, "client": 3, "producer": 4, "consumer": 5}
_ERROR = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A span without its ids and times; it has 12 attributes."""

    service: str
    name: str
    kind: str
    duration_us: int
    attributes: Mapping[str, Value]
    failed: bool


@dataclass(frozen=True, slots=True)
class SpanPlace:
    """Place of a span in a run."""

    group: int
    service: int
    trace: int
    position: int

    @property
    def span_id(self) -> int:
        """Span id: eight bytes, unique for each span, never zero."""
        return self.group << 32 | self.trace << 8 | self.service * POSITIONS + self.position + 1

    def trace_id(self, salt: int) -> bytes:
        """Return the trace id, which is the same in all three services."""
        return struct.pack(">QII", salt, self.group, self.trace)


def placed(number: int) -> SpanPlace:
    """Return the place of a run's n-th span; bench/cql_writer must compute the same."""
    batch, within = divmod(number, BATCH)
    return SpanPlace(batch // len(SERVICES) + 1, batch % len(SERVICES), *divmod(within, POSITIONS))


def number_of(trace_id: bytes, span_id: int) -> int:
    """Return the number of a row's span in its run: the inverse of `placed`."""
    group: int
    trace: int
    _, group, trace = struct.unpack(">QII", trace_id)
    service, position = divmod((span_id & 0xFF) - 1, POSITIONS)
    return ((group - 1) * len(SERVICES) + service) * BATCH + trace * POSITIONS + position


def resource(service: str) -> dict[str, Value]:
    """Return the six resource attributes of a service."""
    return {
        "service.name": service,
        "service.namespace": "coupons",
        "service.instance.id": f"{service}-7d9c5b6f4-x2x8v",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.0",
    }


def shape(service: int, position: int, variation: int) -> Shape:
    """Return one of the twelve kinds of span in one of its variations; one in twenty fails."""
    make = (_server, _database, _database, _send) if service == 0 else (_process, _database, _database, _send)
    name, kind, attributes = make[position](SERVICES[service], position, variation)
    failed = variation == position
    if failed:
        # Replaces another attribute, so that all spans have the same number.
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
    """Return the number of the span's variation."""
    return (place.group + place.trace) % VARIATIONS


def attributes_of(values: Mapping[str, Value]) -> Iterator[KeyValue]:
    """Convert attributes to OTLP."""
    for key, value in values.items():
        if isinstance(value, bool):
            yield KeyValue(key=key, value=AnyValue(bool_value=value))
        elif isinstance(value, int):
            yield KeyValue(key=key, value=AnyValue(int_value=value))
        else:
            yield KeyValue(key=key, value=AnyValue(string_value=value))


def request(first: int, salt: int, start_us: int) -> ExportTraceServiceRequest:
    """Build the complete request whose first span has the number `first` in the run."""
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
