"""OTLP as bytes, encoded by hand: protobuf's own classes refuse the text that a broken sender sends.

A message is the concatenation of its fields, so each function returns bytes and its callers add them up. Text is
given as bytes and goes out as it is. Field numbers: opentelemetry/proto/trace/v1/trace.proto and common.proto.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def varint(number: int) -> bytes:
    """A number in base 128, lowest digit first."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    """A field of text, bytes or a message."""
    return varint(number << 3 | _BYTES) + varint(len(content)) + content


def whole(number: int, value: int) -> bytes:
    """A field of a whole number."""
    return varint(number << 3 | _VARINT) + varint(value)


def fixed64(number: int, value: int) -> bytes:
    """A field of 64 bits; times are such."""
    return varint(number << 3 | _FIXED64) + struct.pack("<Q", value)


def fixed32(number: int, value: int) -> bytes:
    """A field of 32 bits; flags are such."""
    return varint(number << 3 | _FIXED32) + struct.pack("<I", value)


# AnyValue
def text(value: bytes) -> bytes:
    return field(1, value)


def integer(value: int) -> bytes:
    return whole(3, value)


def double(value: float) -> bytes:
    return varint(4 << 3 | _FIXED64) + struct.pack("<d", value)


def array(values: Iterable[bytes]) -> bytes:
    return field(5, b"".join(field(1, value) for value in values))


def mapping(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    return field(6, b"".join(field(1, _pair(key, value)) for key, value in pairs))


def raw(value: bytes) -> bytes:
    return field(7, value)


def attribute(key: bytes, value: bytes, number: int) -> bytes:
    """A KeyValue as the field of that number; `value` is an AnyValue."""
    return field(number, _pair(key, value))


def _pair(key: bytes, value: bytes) -> bytes:
    return field(1, key) + field(2, value)


# Span.Event, Span.Link, Status
def event(name: bytes = b"", content: bytes = b"", *, at: int | None = None) -> bytes:
    """An event as a field of a span; `content` are further fields of it."""
    return field(11, fixed64(1, time.time_ns() if at is None else at) + field(2, name) + content)


def link(content: bytes = b"", *, trace_id: bytes | None = None, span_id: bytes | None = None) -> bytes:
    """A link as a field of a span."""
    ids = field(1, os.urandom(16) if trace_id is None else trace_id)
    return field(13, ids + field(2, os.urandom(8) if span_id is None else span_id) + content)


def status(message: bytes, code: int = 2) -> bytes:
    return field(15, field(2, message) + whole(3, code))


def span(
    trace_id: bytes,
    content: bytes = b"",
    *,
    name: bytes = b"work",
    span_id: bytes | None = None,
    start: int | None = None,
    end: int | None = None,
    kind: int = 2,
) -> bytes:
    """A span as a field of ScopeSpans; `content` are further fields of it, or the same ones again."""
    began = time.time_ns() if start is None else start
    return field(
        2,
        field(1, trace_id)
        + field(2, os.urandom(8) if span_id is None else span_id)
        + field(5, name)
        + whole(6, kind)
        + fixed64(7, began)
        + fixed64(8, began + 10**6 if end is None else end)
        + content,
    )


def scope(name: bytes = b"campaign", version: bytes = b"1", content: bytes = b"") -> bytes:
    """The instrumentation scope as a field of ScopeSpans."""
    return field(1, field(1, name) + field(2, version) + content)


def request(
    spans: bytes, *, service: bytes = b"campaign", resource: bytes = b"", in_scope: bytes = b""
) -> bytes:
    """An ExportTraceServiceRequest of one resource and one scope."""
    owner = field(1, attribute(b"service.name", text(service), 1) + resource)
    return field(1, owner + field(2, in_scope + spans))
