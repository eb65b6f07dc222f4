"""Which traces a table has, a table of some of them, and what it keeps beside attributes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.columns.building import EXCEPTION, SCOPE, STATUS_TEXT, TableBuilder, table_of
from analysis.columns.groups import alike
from analysis.columns.otlp_lines import OtlpLines
from analysis.columns.reading import read_table
from analysis.columns.traces import traces_in, whole_traces
from analysis.model import Event, Span, StatusCode, traces_of
from analysis.search import Query, matches
from analysis.selection import attribute_keys, chosen
from tests.analysis.encoders import otlp
from tests.analysis.made_traces import forests
from tests.analysis.samples import span
from tests.analysis.test_columns import rows_of

if TYPE_CHECKING:
    from pathlib import Path


@given(forests(most=20, traces=5))
@settings(deadline=None)
def test_traces_are_those_of_the_model(spans: list[Span]) -> None:
    table = table_of(spans)
    traces = traces_in(table)
    expected = sorted(traces_of(spans), key=lambda trace: (trace.start_ns, trace.trace_id))
    assert [table.trace_ids[one] for one in traces.index] == [trace.trace_id for trace in expected]
    assert traces.start_ns.tolist() == [trace.start_ns for trace in expected]
    assert traces.end_ns.tolist() == [trace.end_ns for trace in expected]
    assert [table.span_id_of(row) for row in traces.root.tolist()] == [
        trace.root.span_id for trace in expected
    ]
    ordered = traces.rows_oldest_first()
    assert [table.span_id_of(row) for row in ordered.tolist()] == [
        one.span_id for trace in expected for one in trace.spans
    ]
    assert traces.position[ordered].tolist() == sorted(traces.position.tolist())


@given(forests(most=20, traces=5), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_a_table_of_some_traces_is_that_of_their_spans(
    spans: list[Span], chance: np.random.Generator
) -> None:
    table = table_of(spans, None)
    some = np.array([chance.random() < 0.2 for _ in range(len(table))])
    wanted = {table.trace_id_of(row) for row in np.flatnonzero(some).tolist()}
    expected = rows_of(table_of([one for one in spans if one.trace_id in wanted], None))
    assert rows_of(whole_traces(table, some)) == expected


@pytest.mark.parametrize(
    "asked",
    [
        {"db.system.name": "redis"},
        {"service.version": "1", "http.route": "/coupons"},
        {"service.name": "coupon-api"},
        {"coupon.campaign": "7.0"},
        {"error": "true"},
        {"error": "false"},
        {"span.kind": "client", "db.system.name": "redis"},
        {SCOPE: "b"},
        {STATUS_TEXT: "why"},
        {"nothing": "here"},
    ],
    ids=str,
)
@given(spans=forests(most=30), chance=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_a_table_is_chosen_from_as_a_search_matches(
    asked: dict[str, str], spans: list[Span], chance: np.random.Generator
) -> None:
    for one in spans:
        one.scope = "b" if chance.random() < 0.5 else ""
        one.status_message = "why" if chance.random() < 0.5 and one.status is not StatusCode.UNSET else ""
    query = Query(attributes=asked)
    table = table_of(spans, attribute_keys(query))
    found = [
        (table.trace_id_of(row), table.span_id_of(row))
        for row in np.flatnonzero(chosen(table, query)).tolist()
    ]
    assert sorted(found) == sorted((one.trace_id, one.span_id) for one in spans if matches(one, query))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=30), st.integers(1, 4))
def test_groups_are_those_of_a_dictionary(keys: list[tuple[int, int]], least: int) -> None:
    expected: dict[tuple[int, int], list[int]] = {}
    for row, key in enumerate(keys):
        expected.setdefault(key, []).append(row)
    columns = [np.array([key[n] for key in keys], np.int64) for n in (0, 1)]
    groups = [group.tolist() for group in alike(np.arange(len(keys)), *columns, least=least)]
    assert groups == [expected[key] for key in sorted(expected) if len(expected[key]) >= least]


@pytest.mark.parametrize("way", ["spans", "lines", "slow lines"])
def test_what_is_no_attribute_is_kept_when_it_is_asked_for(way: str, tmp_path: Path) -> None:
    failed = span("failed", 0, 1, error=True)
    failed.events = (Event(1, "note", {"a": 1}), Event(2, "exception", {EXCEPTION: "KeyError"}))
    failed.status_message = "no such coupon"
    own = span(
        "own",
        1,
        2,
        attributes={
            "list": ["a", 1],
            "bytes": b"b",
            EXCEPTION: "of its own",
            "shop.cache.key": 7,
            "cache.keys": 8,
        },
    )
    own.events = failed.events
    own.scope = ""
    own.status = StatusCode.OK
    document = otlp([failed, own])
    if way == "slow lines":
        for it in document["resourceSpans"]:
            it["scopeSpans"][0]["spans"][0]["kind"] = "SPAN_KIND_INTERNAL"
    file = tmp_path / "spans.jsonl"
    file.write_text(json.dumps(document) + "\n")
    if way == "lines":  # else the slow way would do
        OtlpLines(TableBuilder([EXCEPTION])).add(file.read_bytes())

    def asked(keys: list[str] | None) -> list[dict[str, str]]:
        table = table_of([failed, own], keys) if way == "spans" else read_table([file], keys)
        return [row[-2] for row in rows_of(table)]

    assert asked([EXCEPTION, SCOPE, STATUS_TEXT, "*.cache.key"]) == [
        {EXCEPTION: "'KeyError'", SCOPE: "'samples'", STATUS_TEXT: "'no such coupon'"},
        {EXCEPTION: "'of its own'", "shop.cache.key": "7"},
    ]
    assert asked(["cache.keys"]) == [{}, {"cache.keys": "8"}]
    assert asked(None)[0] == {"service.version": "'1.0'"}
