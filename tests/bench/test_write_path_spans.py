"""The spans of the write path's benchmark: what is patched must be what would have been encoded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.write_path.encoded import Encoded
from bench.write_path.search import example
from bench.write_path.spans import (
    BATCH,
    POSITIONS,
    SERVICES,
    VARIATIONS,
    number_of,
    placed,
    request,
    resource,
    shape,
)
from bench.write_path.writer import plan
from generator.components.storage.spec import STORAGE
from generator.kit_yaml import parse_spec

SALT, START = 0x0123_4567_89AB_CDEF, 1_795_000_000_000_000
ENCODED = Encoded(SALT, START)
ALL = [(s, p, v) for s in range(len(SERVICES)) for p in range(POSITIONS) for v in range(VARIATIONS)]


@pytest.mark.parametrize("batch", [0, 1, 2, 59, 60, 61, 12_345])
def test_a_patched_request_is_the_encoded_one(batch: int) -> None:
    assert bytes(ENCODED.batch(batch)) == request(batch * BATCH, SALT, START).SerializeToString()


@given(st.integers(0, 10**9), st.integers(0, 2**63 - 1))
def test_a_row_tells_which_span_it_is(number: int, salt: int) -> None:
    place = placed(number)
    assert number_of(place.trace_id(salt), place.span_id) == number


def test_every_span_has_an_id_of_its_own_and_parents_are_in_its_trace() -> None:
    spans = [
        span
        for batch in range(len(SERVICES))
        for span in request(batch * BATCH, SALT, START).resource_spans[0].scope_spans[0].spans
    ]
    ids = {(span.trace_id, span.span_id) for span in spans}
    assert len(ids) == len(spans) == len({span.start_time_unix_nano for span in spans})
    assert all((span.trace_id, span.parent_span_id) in ids for span in spans if span.parent_span_id)
    assert sum(not span.parent_span_id for span in spans) == len({span.trace_id for span in spans})


def test_every_span_has_twelve_attributes_and_six_of_its_process() -> None:
    assert {len(shape(*one).attributes) for one in ALL} == {12}
    assert {len(resource(service)) for service in SERVICES} == {6}


def test_every_indexed_attribute_can_be_searched() -> None:
    for key in parse_spec("spec: 1\nname: coupons\n")[STORAGE].indexed_tags:
        service, value = example(key)
        assert service in SERVICES
        assert value


def test_the_writer_indexes_what_jaeger_would() -> None:
    rows = plan(SALT, START, ["http.route", "error"])["shapes"]
    assert rows[0][0][1]["indexed"] == [{"key": "http.route", "value": "/campaigns/{campaign_id}/coupons"}]
    failed = rows[0][1][1]
    assert failed["indexed"] == [{"key": "error", "value": "true"}]
    assert failed["tags"][-1] == {"key": "error", "type": "bool", "bool": True}
