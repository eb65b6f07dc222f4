"""Split OTLP requests as bytes.

A span's bytes are never changed. Python's protobuf can't be used here: it refuses text that is not UTF-8, and many of
these spans contain such text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

# Field numbers in opentelemetry/proto/collector/trace/v1 and .../trace/v1/trace.proto.
_RESOURCE_SPANS, _SCOPE_SPANS, _SPANS = 1, 2, 2
_RESOURCE, _RESOURCE_ATTRIBUTES = 1, 1
_TRACE_ID, _SPAN_ID, _NAME = 1, 2, 5
_KEY, _VALUE, _STRING = 1, 2, 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10


class MalformedRequestError(ValueError):
    """Raised when bytes are no OTLP request."""


@dataclass(frozen=True, slots=True)
class Place:
    """Position of a span in a request.

    Attributes:
        start: First byte of its field.
        value: First byte of the span itself.
        end: First byte after the span.
        around: Index of the span's scope in `Request.around`.
    """

    start: int
    value: int
    end: int
    around: int


@dataclass(frozen=True, slots=True)
class SpanNames:
    """Ids, name and service of a span. U+FFFD replaces text that is not UTF-8."""

    trace_id: str
    span_id: str
    name: str
    service: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Request:
    """An export request.

    Attributes:
        data: Bytes of the request.
        spans: Position of each span, in order.
        around: Other fields of each scope and of its resource: (resource, scope).
    """

    data: bytes
    spans: Sequence[Place]
    around: Sequence[tuple[bytes, bytes]]

    def piece(self, first: int, last: int) -> bytes:
        """Return a request with only the spans of a range, their scopes and resources."""
        return self.of(self.spans[first:last])

    def of(self, places: Sequence[Place]) -> bytes:
        """Return a request with only some spans, their scopes and resources."""
        found = []
        for around, spans in groupby(places, key=lambda place: place.around):
            resource, scope = self.around[around]
            inner = scope + b"".join(self.data[span.start : span.end] for span in spans)
            found.append(field(_RESOURCE_SPANS, resource + field(_SCOPE_SPANS, inner)))
        return b"".join(found)

    def names(self) -> Iterator[SpanNames]:
        """Yield each span's names."""
        services = [_service(resource) for resource, _ in self.around]
        for place in self.spans:
            found = dict.fromkeys((_TRACE_ID, _SPAN_ID, _NAME), b"")
            for number, _, value, end in _fields(self.data, place.value, place.end):
                if number in found:
                    found[number] = self.data[value:end]
            yield SpanNames(
                found[_TRACE_ID].hex(),
                found[_SPAN_ID].hex(),
                found[_NAME].decode("utf-8", "replace"),
                services[place.around],
                place.end - place.value,
            )


def read(data: bytes) -> Request:
    """Parse a request and find its spans.

    Raises:
        MalformedRequestError: The bytes are no OTLP request.
    """
    spans: list[Place] = []
    around: list[tuple[bytes, bytes]] = []
    for number, _, value, end in _fields(data, 0, len(data)):
        if number == _RESOURCE_SPANS:
            _read_resource(data, value, end, spans, around)
    return Request(data, spans, around)


def _read_resource(
    data: bytes, first: int, last: int, spans: list[Place], around: list[tuple[bytes, bytes]]
) -> None:
    scopes: list[tuple[int, int]] = []
    rest = []
    for number, start, value, end in _fields(data, first, last):
        if number == _SCOPE_SPANS:
            scopes.append((value, end))
        else:
            rest.append(data[start:end])
    resource = b"".join(rest)
    for begin, stop in scopes:
        rest = []
        for number, start, value, end in _fields(data, begin, stop):
            if number == _SPANS:
                spans.append(Place(start, value, end, len(around)))
            else:
                rest.append(data[start:end])
        around.append((resource, b"".join(rest)))


def _service(resource_fields: bytes) -> str:
    """Return the service name in a resource's attributes; empty if there is none."""
    for number, _, value, end in _fields(resource_fields, 0, len(resource_fields)):
        if number != _RESOURCE:
            continue
        for inner, _, first, last in _fields(resource_fields, value, end):
            if inner == _RESOURCE_ATTRIBUTES:
                key, text = _attribute(resource_fields, first, last)
                if key == b"service.name":
                    return text.decode("utf-8", "replace")
    return ""


def _attribute(data: bytes, first: int, last: int) -> tuple[bytes, bytes]:
    key = text = b""
    for number, _, value, end in _fields(data, first, last):
        if number == _KEY:
            key = data[value:end]
        elif number == _VALUE:
            for kind, _, start, stop in _fields(data, value, end):
                text = data[start:stop] if kind == _STRING else text
    return key, text


def _fields(data: bytes, at: int, last: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, first byte, first byte of the value and end of each field of a message."""
    while at < last:
        start = at
        tag, at = _varint(data, at, last)
        kind = tag & 7
        if kind == _BYTES:
            length, at = _varint(data, at, last)
            value, at = at, at + length
        elif kind == _VARINT:
            value = at
            _, at = _varint(data, at, last)
        elif kind in _FIXED:
            value, at = at, at + _FIXED[kind]
        else:
            raise MalformedRequestError(f"a field has the unknown kind {kind} at byte {start}")
        if at > last:
            raise MalformedRequestError(f"the field at byte {start} is longer than its message")
        yield tag >> 3, start, value, at


def _varint(data: bytes, at: int, last: int) -> tuple[int, int]:
    number = shift = 0
    for place in range(at, min(last, at + _LONGEST_VARINT)):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place + 1
        shift += 7
    raise MalformedRequestError(f"the number at byte {at} has no end")


def field(number: int, value: bytes) -> bytes:
    """Encode a field of bytes, text or a message."""
    return _encoded(number << 3 | _BYTES) + _encoded(len(value)) + value


def _encoded(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
