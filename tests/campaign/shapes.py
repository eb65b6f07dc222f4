"""Poison as data: each shape is one request that a broken or careless sender could send.

`SHAPES` is generated: every string field with every kind of bad text, every repeated field with every count, every
nesting with every depth, odd numbers and ids, large requests, and pairs of them (drawn with a fixed seed).
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from tests.campaign import wire

MIB = 1 << 20
_PAIRS = 40
_SEED = 12
_LIGHT_DEPTH = 1000


@dataclass(frozen=True)
class Parts:
    """Parts of a request of one odd span, each as encoded fields.

    Attributes:
        span: fields added to the span; a field that it has already is replaced, as protobuf says.
        resource: fields added to the resource.
        scope: fields added to the scope.
        more_spans: further spans in the same scope.
        more: further resources in the same request.
        copies: how often the span is there, each with a span id of its own.
    """

    span: bytes = b""
    resource: bytes = b""
    scope: bytes = b""
    more_spans: bytes = b""
    more: bytes = b""
    copies: int = 1

    def __add__(self, other: Parts) -> Parts:
        return Parts(
            self.span + other.span,
            self.resource + other.resource,
            self.scope + other.scope,
            self.more_spans + other.more_spans,
            self.more + other.more,
            self.copies * other.copies,
        )


@dataclass(frozen=True)
class Shape:
    """One poison.

    Attributes:
        family: what it is one of.
        name: unique in its family.
        parts: made when it is sent: some are large.
        heavy: costs seconds even where it does no harm; the short form leaves it out.
        has_row: False where the pipeline drops the span by design, or can't know it.
    """

    family: str
    name: str
    parts: Callable[[], Parts]
    heavy: bool = False
    has_row: bool = True

    def request(self, trace_id: bytes) -> bytes:
        parts = self.parts()
        if parts.copies == 1:
            spans = wire.span(trace_id, parts.span)
        else:
            spans = b"".join(wire.span(trace_id, parts.span) for _ in range(parts.copies))
        in_scope = wire.scope(content=parts.scope)
        whole = wire.request(spans + parts.more_spans, resource=parts.resource, in_scope=in_scope)
        return whole + parts.more


BAD_TEXT: dict[str, bytes] = {
    "a byte": b"a\xffb",
    "cut in a letter": "für".encode()[:2],
    "Latin-1": "für".encode("latin-1"),
    "surrogate": b"\xed\xa0\x80",
    "overlong": b"\xc0\xaf",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "continuation": b"\x80\xbf\x80",
    "NUL": b"a\0b",
    "empty": b"",
    "noncharacter": "\uffff\ufdd0".encode(),
    "70,000 bad bytes": b"\xff" * 70_000,
    "70,000 letters": b"n" * 70_000,
    "odd cut of two-byte letters": b"x" + "ü".encode() * 40_000,
}


def _attribute(number: int) -> Callable[[bytes, bytes], bytes]:
    return lambda key, value: wire.attribute(key, value, number)


_SPAN_ATTRIBUTE, _OWN_ATTRIBUTE = _attribute(9), _attribute(1)
_EVENT_ATTRIBUTE, _SCOPE_ATTRIBUTE, _LINK_ATTRIBUTE = _attribute(3), _attribute(3), _attribute(4)

STRING_FIELDS: dict[str, Callable[[bytes], Parts]] = {
    "span name": lambda bad: Parts(span=wire.field(5, bad)),
    "tracestate": lambda bad: Parts(span=wire.field(3, b"a=" + bad)),
    "status message": lambda bad: Parts(span=wire.status(bad)),
    "attribute key": lambda bad: Parts(span=_SPAN_ATTRIBUTE(bad, wire.text(b"v"))),
    "attribute value": lambda bad: Parts(span=_SPAN_ATTRIBUTE(b"k", wire.text(bad))),
    "indexed attribute value": lambda bad: Parts(span=_SPAN_ATTRIBUTE(b"error.type", wire.text(bad))),
    "map key": lambda bad: Parts(span=_SPAN_ATTRIBUTE(b"k", wire.mapping([(bad, wire.text(b"v"))]))),
    "map value": lambda bad: Parts(span=_SPAN_ATTRIBUTE(b"k", wire.mapping([(b"k", wire.text(bad))]))),
    "list entry": lambda bad: Parts(span=_SPAN_ATTRIBUTE(b"k", wire.array([wire.text(bad)]))),
    "bytes": lambda bad: Parts(span=_SPAN_ATTRIBUTE(b"k", wire.raw(bad))),
    "event name": lambda bad: Parts(span=wire.event(bad)),
    "event attribute key": lambda bad: Parts(span=wire.event(b"e", _EVENT_ATTRIBUTE(bad, wire.text(b"v")))),
    "event attribute value": lambda bad: Parts(span=wire.event(b"e", _EVENT_ATTRIBUTE(b"k", wire.text(bad)))),
    "event map value": lambda bad: Parts(
        span=wire.event(b"e", _EVENT_ATTRIBUTE(b"k", wire.mapping([(b"k", wire.text(bad))])))
    ),
    "link attribute key": lambda bad: Parts(span=wire.link(_LINK_ATTRIBUTE(bad, wire.text(b"v")))),
    "link attribute value": lambda bad: Parts(span=wire.link(_LINK_ATTRIBUTE(b"k", wire.text(bad)))),
    "link tracestate": lambda bad: Parts(span=wire.link(wire.field(3, bad))),
    "scope name": lambda bad: Parts(scope=wire.field(1, bad)),
    "scope version": lambda bad: Parts(scope=wire.field(2, bad)),
    "scope attribute key": lambda bad: Parts(scope=_SCOPE_ATTRIBUTE(bad, wire.text(b"v"))),
    "scope attribute value": lambda bad: Parts(scope=_SCOPE_ATTRIBUTE(b"k", wire.text(bad))),
    "resource attribute key": lambda bad: Parts(resource=_OWN_ATTRIBUTE(bad, wire.text(b"v"))),
    "resource attribute value": lambda bad: Parts(resource=_OWN_ATTRIBUTE(b"k", wire.text(bad))),
    "resource map value": lambda bad: Parts(
        resource=_OWN_ATTRIBUTE(b"k", wire.mapping([(b"k", wire.text(bad))]))
    ),
}

COUNTS = (129, 20_000, 500_000, 2_000_000)
REPEATED: dict[str, Callable[[int], Parts]] = {
    "events": lambda count: Parts(span=wire.field(11, b"") * count),
    "links": lambda count: Parts(span=wire.field(13, b"") * count),
    "attributes": lambda count: Parts(span=wire.field(9, b"") * count),
    "event attributes": lambda count: Parts(span=wire.event(b"e", wire.field(3, b"") * count)),
    "link attributes": lambda count: Parts(span=wire.link(wire.field(4, b"") * count)),
    "resource attributes": lambda count: Parts(resource=wire.field(1, b"") * count),
    "scope attributes": lambda count: Parts(scope=wire.field(3, b"") * count),
    "list entries": lambda count: Parts(
        span=_SPAN_ATTRIBUTE(b"k", wire.field(5, wire.field(1, b"") * count))
    ),
    "map entries": lambda count: Parts(span=_SPAN_ATTRIBUTE(b"k", wire.field(6, wire.field(1, b"") * count))),
    "event list entries": lambda count: Parts(
        span=wire.event(b"e", _EVENT_ATTRIBUTE(b"k", wire.field(5, wire.field(1, b"") * count)))
    ),
    "empty spans": lambda count: Parts(more_spans=wire.field(2, b"") * count),
    "empty scopes": lambda count: Parts(more=wire.field(1, wire.field(2, b"") * count)),
    "empty resources": lambda count: Parts(more=wire.field(1, b"") * count),
}
DISTINCT: dict[str, Callable[[int], Parts]] = {
    "attributes": lambda count: Parts(
        span=b"".join(_SPAN_ATTRIBUTE(b"k%d" % i, wire.integer(i)) for i in range(count))
    ),
    "events": lambda count: Parts(span=b"".join(wire.event(b"e%d" % i) for i in range(count))),
    "links": lambda count: Parts(span=b"".join(wire.link() for _ in range(count))),
    "event attributes": lambda count: Parts(
        span=wire.event(b"e", b"".join(_EVENT_ATTRIBUTE(b"k%d" % i, wire.integer(i)) for i in range(count)))
    ),
    "resource attributes": lambda count: Parts(
        resource=b"".join(_OWN_ATTRIBUTE(b"k%d" % i, wire.integer(i)) for i in range(count))
    ),
}

DEPTHS = (10, 100, 1000, 10_000, 90_000)


def nested_list(depth: int, leaf: bytes, beside: bytes = b"") -> bytes:
    """Lists in each other; each may have another value before the one that goes on."""
    return _nested(depth, leaf, (5, 1), wire.field(1, beside) if beside else b"")


def nested_map(depth: int, leaf: bytes) -> bytes:
    return _nested(depth, leaf, (6, 1, 2))


def _nested(depth: int, leaf: bytes, fields: tuple[int, ...], beside: bytes = b"") -> bytes:
    # From the inside out, and only the heads: so this is not quadratic.
    size, heads = len(leaf), []
    for _ in range(depth):
        for number in reversed(fields):
            head = wire.varint(number << 3 | 2) + wire.varint(size)
            if number == fields[-1]:
                head = beside + head
            heads.append(head)
            size += len(head)
    return b"".join(reversed(heads)) + leaf


NESTINGS: dict[str, Callable[[int], bytes]] = {
    "lists": lambda depth: nested_list(depth, wire.text(b"x")),
    "maps": lambda depth: nested_map(depth, wire.text(b"x")),
    "lists around a bad byte": lambda depth: nested_list(depth, wire.text(b"\xff")),
    "maps around NaN": lambda depth: nested_map(depth, wire.double(float("nan"))),
    "lists beside closed ones": lambda depth: nested_list(depth, wire.text(b"x"), beside=wire.array([])),
}
NEST_PLACES: dict[str, Callable[[bytes], Parts]] = {
    "attribute": lambda value: Parts(span=_SPAN_ATTRIBUTE(b"k", value)),
    "event attribute": lambda value: Parts(span=wire.event(b"e", _EVENT_ATTRIBUTE(b"k", value))),
    "resource attribute": lambda value: Parts(resource=_OWN_ATTRIBUTE(b"k", value)),
}

SIZES: dict[str, Callable[[], Parts]] = {
    "3 MiB of NUL in a map": lambda: _value(wire.mapping([(b"k", wire.text(bytes(3 * MIB)))])),
    "7 MiB of NUL in a map": lambda: _value(wire.mapping([(b"k", wire.text(bytes(7 * MIB)))])),
    "7 MiB of NUL in a list": lambda: _value(wire.array([wire.text(bytes(7 * MIB))])),
    "7 MiB of NUL": lambda: _value(wire.text(bytes(7 * MIB))),
    "7 MiB of bad bytes": lambda: _value(wire.text(b"\xff" * 7 * MIB)),
    "7 MiB of bytes": lambda: _value(wire.raw(bytes(7 * MIB))),
    "7 MiB in a key": lambda: Parts(span=_SPAN_ATTRIBUTE(b"k" * 7 * MIB, wire.text(b"v"))),
    "7 MiB in an event's name": lambda: Parts(span=wire.event(b"n" * 7 * MIB)),
    "7 MiB in an event's attribute": lambda: Parts(
        span=wire.event(b"e", _EVENT_ATTRIBUTE(b"k", wire.text(b"v" * 7 * MIB)))
    ),
    "7 MiB of NUL in an event's map": lambda: Parts(
        span=wire.event(b"e", _EVENT_ATTRIBUTE(b"k", wire.mapping([(b"k", wire.text(bytes(7 * MIB)))])))
    ),
    "7 MiB in a link's attribute": lambda: Parts(
        span=wire.link(_LINK_ATTRIBUTE(b"k", wire.text(b"v" * 7 * MIB)))
    ),
    "7 MiB in the status": lambda: Parts(span=wire.status(b"s" * 7 * MIB)),
    "7 MiB in the tracestate": lambda: Parts(span=wire.field(3, b"a=" + b"b" * 7 * MIB)),
    "7 MiB in the scope's name": lambda: Parts(scope=wire.field(1, b"n" * 7 * MIB)),
    "7 MiB in the resource": lambda: Parts(resource=_OWN_ATTRIBUTE(b"k", wire.text(b"v" * 7 * MIB))),
    "100 values of 70 KiB": lambda: Parts(
        span=b"".join(_SPAN_ATTRIBUTE(b"k%d" % i, wire.text(b"v" * 70_000)) for i in range(100))
    ),
    "100 events of 70 KiB": lambda: Parts(
        span=b"".join(wire.event(b"e", _EVENT_ATTRIBUTE(b"k", wire.text(b"v" * 70_000))) for _ in range(100))
    ),
    "NaN beside 3 MiB of NUL in a map": lambda: (
        Parts(span=_SPAN_ATTRIBUTE(b"n", wire.double(float("nan"))))
        + _value(wire.mapping([(b"k", wire.text(bytes(3 * MIB)))]))
    ),
    "12 MiB": lambda: _value(wire.text(b"v" * 12 * MIB)),
}


def _value(value: bytes) -> Parts:
    return Parts(span=_SPAN_ATTRIBUTE(b"k", value))


_LARGEST = (1 << 64) - 1
NUMBERS: dict[str, Callable[[], Parts]] = {
    "starts in 1970": lambda: Parts(span=wire.fixed64(7, 1)),
    "starts at zero": lambda: Parts(span=wire.fixed64(7, 0) + wire.fixed64(8, 0)),
    "starts beyond 2262": lambda: Parts(span=wire.fixed64(7, 2**63 + 5)),
    "starts last": lambda: Parts(span=wire.fixed64(7, _LARGEST) + wire.fixed64(8, _LARGEST)),
    "ends before it starts": lambda: Parts(span=wire.fixed64(8, 1)),
    "ends last": lambda: Parts(span=wire.fixed64(8, _LARGEST)),
    "an event at zero": lambda: Parts(span=wire.event(b"e", at=0)),
    "an event last": lambda: Parts(span=wire.event(b"e", at=_LARGEST)),
    "an unknown kind": lambda: Parts(span=wire.whole(6, 77)),
    "a negative kind": lambda: Parts(span=wire.whole(6, -1)),
    "an unknown status": lambda: Parts(span=wire.status(b"", 99)),
    "a negative status": lambda: Parts(span=wire.status(b"", -5)),
    "all flags": lambda: Parts(span=wire.fixed32(16, 0xFFFFFFFF)),
    "all counts of dropped": lambda: Parts(span=b"".join(wire.whole(n, 0xFFFFFFFF) for n in (10, 12, 14))),
    "NaN": lambda: _value(wire.double(float("nan"))),
    "infinity": lambda: _value(wire.double(float("-inf"))),
    "NaN in a map": lambda: _value(wire.mapping([(b"k", wire.double(float("nan")))])),
    "NaN beside a bad byte": lambda: (
        Parts(span=_SPAN_ATTRIBUTE(b"n", wire.double(float("nan")))) + _value(wire.text(b"\xff"))
    ),
    "a signalling NaN": lambda: _value(wire.varint(4 << 3 | 1) + struct.pack("<Q", 0x7FF0000000000001)),
    "the smallest integer": lambda: _value(wire.integer(-(2**63))),
    "no value": lambda: _value(b""),
    "a key twice": lambda: _value(wire.text(b"a")) + _value(wire.integer(1)),
    "a service name that is a number": lambda: Parts(
        resource=_OWN_ATTRIBUTE(b"service.name", wire.integer(5))
    ),
    "an empty service name": lambda: Parts(resource=_OWN_ATTRIBUTE(b"service.name", wire.text(b""))),
    "its own parent": lambda: Parts(span=wire.field(2, b"12345678") + wire.field(4, b"12345678")),
    "a link to zeros": lambda: Parts(span=wire.link(trace_id=bytes(16), span_id=bytes(8))),
    "fields that nobody knows": lambda: Parts(span=wire.field(3000, b"x" * 1000)),
}
IDS: dict[str, Callable[[], Parts]] = {
    "no trace id": lambda: Parts(span=wire.field(1, b"")),
    "a trace id of zeros": lambda: Parts(span=wire.field(1, bytes(16))),
    "a short trace id": lambda: Parts(span=wire.field(1, b"1234")),
    "a long trace id": lambda: Parts(span=wire.field(1, bytes(17))),
    "no span id": lambda: Parts(span=wire.field(2, b"")),
    "a span id of zeros": lambda: Parts(span=wire.field(2, bytes(8))),
    "a long span id": lambda: Parts(span=wire.field(2, bytes(9))),
    "cut in a field": lambda: Parts(more=wire.field(1, b"abc")[:-1]),
    "not protobuf": lambda: Parts(more=b"\xff" * 100),
}
LARGE: dict[str, Callable[[], Parts]] = {
    "20,001 spans": lambda: Parts(copies=20_001),
    "one of 20,001 spans is bad": lambda: Parts(
        copies=20_001, more_spans=wire.span(b"\1" * 16, name=b"\xff")
    ),
    "1,000 spans in a resource of 64 KiB": lambda: Parts(
        copies=1000, resource=_OWN_ATTRIBUTE(b"k", wire.text(b"v" * 65_000))
    ),
    "5,000 spans in a resource of 4 MiB": lambda: Parts(
        copies=5000, resource=_OWN_ATTRIBUTE(b"k", wire.text(b"v" * 4 * MIB))
    ),
    "5,000 spans in a scope with a name of 4 MiB": lambda: Parts(
        copies=5000, scope=wire.field(1, b"n" * 4 * MIB)
    ),
    "500 spans, each with 129 events": lambda: Parts(copies=500, span=wire.field(11, b"") * 129),
}


def _texts() -> Iterator[Shape]:
    for place, put in STRING_FIELDS.items():
        for kind, bad in BAD_TEXT.items():
            yield Shape("text", f"{place}: {kind}", partial(put, bad))


def _counts() -> Iterator[Shape]:
    for what, repeat in REPEATED.items():
        for count in COUNTS:
            yield Shape("counts", f"{count:,} {what}, empty", partial(repeat, count), heavy=count > 20_000)
    for what, repeat in DISTINCT.items():
        for count in (129, 20_000):
            yield Shape("counts", f"{count:,} {what}", partial(repeat, count))


def _nestings() -> Iterator[Shape]:
    for place, put in NEST_PLACES.items():
        for what, nest in NESTINGS.items():
            for depth in DEPTHS:
                yield Shape(
                    "nesting",
                    f"{place}: {depth:,} {what}",
                    partial(_nest, put, nest, depth),
                    heavy=depth > _LIGHT_DEPTH,
                )


def _nest(put: Callable[[bytes], Parts], nest: Callable[[int], bytes], depth: int) -> Parts:
    return put(nest(depth))


def _others() -> Iterator[Shape]:
    for what, parts in SIZES.items():
        yield Shape("sizes", what, parts, heavy=True, has_row=what != "12 MiB")
    for what, parts in NUMBERS.items():
        yield Shape("numbers", what, parts)
    for what, parts in IDS.items():
        yield Shape("ids", what, parts, has_row=False)


def _large() -> Iterator[Shape]:
    for what, parts in LARGE.items():
        yield Shape("large requests", what, parts, heavy=True)


def _pairs(shapes: list[Shape]) -> Iterator[Shape]:
    """Pairs of light shapes, drawn with a fixed seed."""
    draw = random.Random(_SEED)  # noqa: S311  # it has to draw the same each time
    light = [shape for shape in shapes if not shape.heavy and shape.has_row]
    drawn = [draw.choice(light) for _ in range(_PAIRS + 1)]
    for one, other in pairwise(drawn):
        yield Shape("pairs", f"{one.name} + {other.name}", partial(_both, one, other))


def _both(one: Shape, other: Shape) -> Parts:
    return one.parts() + other.parts()


def all_shapes() -> list[Shape]:
    """Every shape, each with a name of its own."""
    single = [*_texts(), *_counts(), *_nestings(), *_others()]
    # Large requests come last: what is behind them waits until they are written.
    return [*single, *_pairs(single), *_large()]


SHAPES = all_shapes()
