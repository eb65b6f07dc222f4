"""Requests taken apart as bytes: nothing is lost, nothing is changed, and no bytes break it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kit.operate.inside.dead_letters.wire import MalformedRequestError, read
from tests.dead_letters.requests import group, of_names, request, span

GROUPS = st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=4)


def spans_of(data: bytes) -> list[tuple[str, Any]]:
    """Service and span of each, as protobuf reads them."""
    return [
        (one.resource.attributes[1].value.string_value, inner)
        for one in ExportTraceServiceRequest.FromString(data).resource_spans
        for scope in one.scope_spans
        for inner in scope.spans
    ]


@given(GROUPS, st.integers(0, 16), st.integers(0, 16))
def test_pieces_hold_the_spans_that_they_should(names: list[list[str]], first: int, size: int) -> None:
    data = request(*(group(f"s{n}", [span(name) for name in one]) for n, one in enumerate(names)))
    found = read(data)
    whole = spans_of(data)
    assert len(found.spans) == len(whole)
    assert spans_of(found.piece(0, len(whole))) == whole
    assert spans_of(found.piece(first, first + size)) == whole[first : first + size]
    assert [(one.service, one.name) for one in found.names()] == [(s, it.name) for s, it in whole]
    assert [(one.trace_id, one.span_id) for one in found.names()] == [
        (it.trace_id.hex(), it.span_id.hex()) for _, it in whole
    ]


def test_what_is_around_a_span_stays() -> None:
    piece = ExportTraceServiceRequest.FromString(read(of_names("a", "b")).piece(1, 2))
    assert piece.resource_spans[0].schema_url == "https://x/1"
    assert piece.resource_spans[0].resource.attributes[0].value.string_value == "h"


def test_text_that_is_not_utf8_is_kept_as_it_is() -> None:
    data = of_names("good", "MARK").replace(b"MARK", b"\xff\xfe\xfd\xfc")
    found = read(data)
    assert b"\xff\xfe\xfd\xfc" in found.piece(1, 2)
    assert [one.name for one in found.names()] == ["good", "\ufffd" * 4]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        list(read(data).names())
    except MalformedRequestError:
        return


@pytest.mark.parametrize(
    "data",
    [b"\x0a\xff", b"\x0b", b"\xff" * 11, b"\x0a\x02\x12\x05"],
    ids=["half a length", "a group", "no end of a number", "longer than its message"],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        read(data)
