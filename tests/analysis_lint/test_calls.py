"""What a call does and which follow each other, against the same said of one span after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.columns.building import table_of
from analysis.lint.calls import CLOSE_GAP_NS, NEEDED, CallKind, Calls, in_a_row, without_values
from analysis.lint.words import Words
from analysis.model import Attributes, SpanKind
from tests.analysis.samples import span

SQL: Attributes = {"db.system.name": "postgresql"}
REDIS: Attributes = {"db.system": "valkey"}


@given(st.lists(st.tuples(st.integers(-2, 25), st.integers(1, 25)), max_size=20))
def test_a_run_ends_where_a_call_overlaps_or_waits(calls: list[tuple[int, int]]) -> None:
    spans, at = [], 100
    for gap, took in calls:
        spans.append(span("GET", at + gap, at + gap + took))
        at += gap + took
    table = table_of(spans)
    expected: list[list[int]] = []
    for row in range(len(table)):
        start, end = int(table.start_ns[row]), int(table.end_ns[row])
        if expected:
            run = expected[-1]
            gap = start - int(table.end_ns[run[-1]])
            longest = max(int(table.end_ns[one] - table.start_ns[one]) for one in run)
            if 0 <= gap <= max(CLOSE_GAP_NS, longest, end - start):
                run.append(row)
                continue
        expected.append([row])
    assert [run.tolist() for run in in_a_row(table, np.arange(len(table)))] == expected


@pytest.mark.parametrize(
    ("name", "attributes", "kind", "target", "same"),
    [
        ("q", {**SQL, "db.query.text": "SELECT 1"}, SpanKind.CLIENT, CallKind.SQL, "SELECT ?"),
        ("q", {**SQL, "db.query.summary": "SELECT items"}, SpanKind.INTERNAL, CallKind.SQL, "SELECT items"),
        ("q", SQL, SpanKind.CLIENT, CallKind.SQL, "q"),
        ("q", SQL, SpanKind.SERVER, None, ""),
        ("q", {"db.system.name": "mongodb"}, SpanKind.CLIENT, None, ""),
        ("get it", REDIS, SpanKind.CLIENT, CallKind.REDIS, "GET"),
        ("q", {**REDIS, "db.statement": "hget a b"}, SpanKind.CLIENT, CallKind.REDIS, "HGET"),
        (
            "q",
            {**REDIS, "db.operation": "incr", "db.statement": "x"},
            SpanKind.CLIENT,
            CallKind.REDIS,
            "INCR",
        ),
        (
            "q",
            {"http.request.method": "GET", "server.address": "stock"},
            SpanKind.CLIENT,
            CallKind.HTTP,
            "q GET stock",
        ),
        ("q", {"rpc.system": "grpc"}, SpanKind.CLIENT, CallKind.HTTP, "q"),
        ("q", {"http.request.method": "GET"}, SpanKind.INTERNAL, None, ""),
        ("q", {**SQL, "http.request.method": "GET"}, SpanKind.CLIENT, CallKind.SQL, "q"),
    ],
)
def test_what_is_called(
    name: str, attributes: Attributes, kind: SpanKind, target: CallKind | None, same: str
) -> None:
    # Others beside it, so that numbers of values and of names are not all zero.
    others = [span("other", 5, 6, attributes={**SQL, "db.query.text": "UPDATE t"}, kind=SpanKind.CLIENT)]
    table = table_of([span(name, 7, 8, attributes=dict(attributes), kind=kind), *others], NEEDED)
    calls = Calls(table, Words(table))
    assert [it for it, mask in calls.of.items() if mask[1]] == ([target] if target else [])
    assert calls.any[1] == (target is not None)
    assert calls.same[1] == -1 if target is None else calls.text(1) == same


def test_lists_of_any_length_are_one_statement() -> None:
    assert without_values("SELECT a FROM t WHERE id IN (1, 2, 3)") == without_values(
        "SELECT a FROM t WHERE id IN ($1)"
    )
