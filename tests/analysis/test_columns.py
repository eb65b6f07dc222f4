"""The table says of spans what the model says of them, whichever way and in whichever order they came."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.columns.building import table_of
from analysis.columns.intervals import covered
from analysis.columns.reading import read_table
from analysis.columns.table import KINDS, NOWHERE
from analysis.columns.times import owner_of, queue_wait_ns, self_time_ns, senders
from analysis.errors import FileError
from analysis.model import Link, SpanKind, span_index, traces_of
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE, queue_wait_ms
from tests.analysis.encoders import jaeger_ui, otlp
from tests.analysis.made_traces import forests
from tests.analysis.samples import MS, TRACE_ID, coupon_request, span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from analysis.columns.table import SpanTable
    from analysis.model import Span


def rows_of(table: SpanTable) -> list[tuple[Any, ...]]:
    """Everything a table says, row by row."""

    def identity(row: int) -> tuple[str, str] | None:
        return None if row == NOWHERE else (table.trace_id_of(row), table.span_id_of(row))

    links: dict[int, list[Any]] = {}
    for row, target in zip(table.link_row.tolist(), table.link_target.tolist(), strict=True):
        links.setdefault(row, []).append(identity(target))
    return [
        (
            identity(row),
            identity(int(table.parent[row])),
            bool(table.is_root[row]),
            table.service_of(row),
            table.name_of(row),
            KINDS[table.kind[row]],
            int(table.start_ns[row]),
            int(table.end_ns[row]),
            bool(table.error[row]),
            {key: repr(table.value_of(key, row)) for key in table.keys if table.codes(key)[row] != NOWHERE},
            sorted(links.get(row, []), key=repr),
        )
        for row in range(len(table))
    ]


def _lines(path: Path, spans: Iterable[Span]) -> Path:
    with gzip.open(path, "wt") as out:
        for one in spans:
            out.write(json.dumps(otlp([one])) + "\n")
    return path


@given(forests(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_files_and_spans_make_the_same_table_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, spans: list[Span], chance: random.Random
) -> None:
    folder = tmp_path_factory.getbasetemp()
    expected = rows_of(table_of(spans, None))
    chance.shuffle(spans)
    half = len(spans) // 2
    files = [_lines(folder / "a.gz", spans[:half] or spans), _lines(folder / "b.gz", spans[half:])]
    assert rows_of(read_table(files, None)) == expected


@given(forests())
@settings(deadline=None, max_examples=80)
def test_the_table_agrees_with_the_model(spans: list[Span]) -> None:
    table = table_of(spans, [QUEUE_WAIT_ATTRIBUTE])
    traces = traces_of(spans)
    by_id = {(one.trace_id, one.span_id): one for one in spans}
    assert len(table) == sum(len(trace.spans) for trace in traces)
    tops = {(one.trace_id, one.span_id) for trace in traces for one in trace.tops}
    own, wait = self_time_ns(table), queue_wait_ns(table, senders(table))
    children = {(trace.trace_id, one.span_id): trace.children(one) for trace in traces for one in trace.spans}
    for row in range(len(table)):
        identity = (table.trace_id_of(row), table.span_id_of(row))
        one = by_id[identity]
        assert (table.parent[row] == NOWHERE) == (identity in tops)
        assert own[row] == _brute_self_time(one, children[identity])
        if len(one.links) < 2 and not table.is_circular[row]:  # a circle's parent is no sender
            said = queue_wait_ms(one, span_index(traces))
            assert (None if np.isnan(wait[row]) else round(wait[row])) == (
                None if said is None else round(said * 1e6)
            )


def _brute_self_time(one: Span, children: list[Span]) -> int:
    """Counted microsecond by microsecond: the made traces have no finer times."""
    return 1000 * sum(
        not any(child.start_ns <= moment < child.end_ns for child in children)
        for moment in range(one.start_ns, one.end_ns, 1000)
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 40)), max_size=40))
@settings(deadline=None)
def test_covered_time_is_that_of_a_count_of_every_moment(intervals: list[tuple[int, int, int]]) -> None:
    group, start, end = (np.array([one[n] for one in intervals], np.int64) for n in range(3))
    moments = [
        {moment for which, begin, stop in intervals if which == one for moment in range(begin, stop)}
        for one in range(4)
    ]
    assert covered(group, start, end, 4).tolist() == [len(one) for one in moments]


def test_the_nearest_owner_is_found_through_a_chain_of_any_length() -> None:
    spans = [span("top", 0, 10, kind=SpanKind.SERVER)]
    for _ in range(20_000):
        spans.append(span("inner", 0, 10, parent=spans[-1]))
    table = table_of(spans)
    owner = owner_of(table, table.is_kind(SpanKind.SERVER))
    assert set(owner.tolist()) == {int(np.flatnonzero(table.is_kind(SpanKind.SERVER))[0])}


def test_a_span_sent_twice_counts_once_and_one_that_differs_twice() -> None:
    one = span("a", 0, 5)
    other = span("b", 0, 6, span_id=one.span_id)
    child = span("c", 1, 2, parent=one)
    table = table_of([child, one, other, one])
    assert [table.name_of(row) for row in range(len(table))] == ["b", "a", "c"]
    assert table.parent.tolist() == [NOWHERE, NOWHERE, 0]


def test_a_resource_s_attribute_counts_unless_the_span_has_its_own() -> None:
    own = span("a", 0, 1, attributes={"service.version": "2.0"})
    table = table_of([own, span("b", 1, 2)], ["service.version"])
    assert [table.value_of("service.version", row) for row in (0, 1)] == ["2.0", "1.0"]


def test_the_last_producer_that_a_batch_links_to_counts() -> None:
    sends = [span("send", n, n + 1, kind=SpanKind.PRODUCER) for n in (0, 4, 2)]
    links = tuple(Link(one.trace_id, one.span_id) for one in sends)
    batch = span("process", 9, 12, kind=SpanKind.CONSUMER, trace_id="b" * 32, links=links)
    table = table_of([*sends, batch], [QUEUE_WAIT_ATTRIBUTE])
    row = int(np.flatnonzero(table.is_kind(SpanKind.CONSUMER))[0])
    assert queue_wait_ns(table, senders(table))[row] == 4 * MS


def test_spellings_other_than_the_specification_s_are_read_too(tmp_path: Path) -> None:
    spans = coupon_request()[0].spans
    document = otlp(spans)
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps(document))
    expected = rows_of(read_table([plain], None))
    raw = [one for it in document["resourceSpans"] for scope in it["scopeSpans"] for one in scope["spans"]]
    for one in raw:
        one["startTimeUnixNano"] = int(one["startTimeUnixNano"])
        one["kind"] = f"SPAN_KIND_{list(SpanKind)[one.get('kind', 0)].name}"
        one["traceId"] = one["traceId"].upper()
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    assert rows_of(read_table([other], None)) == expected
    pretty = tmp_path / "pretty.json"
    pretty.write_text("\ufeff" + json.dumps(document, indent=1))
    assert rows_of(read_table([pretty], None)) == expected
    download = tmp_path / "download.json"
    download.write_text(json.dumps(jaeger_ui(spans)))
    table = read_table([download, plain], None)
    assert len(table) == 12


def _one(field: str) -> str:
    ids = f'"traceId": "{TRACE_ID}", "spanId": "{TRACE_ID[:16]}"'
    return '{"resourceSpans": [{"scopeSpans": [{"spans": [{' + ids + ", " + field + "}]}]}]}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("{}\nnothing\n", ":2: not JSON"),
        (
            '{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "x"}]}]}]}\n',
            "a trace id that cannot be read at 1: .*spans",
        ),
        (_one('"kind": 9'), r"no start time at 1: .*spans\[0\]"),
        (_one('"startTimeUnixNano": "soon"'), "a start time that cannot be read at 1: "),
        ('{"resourceSpans": 5}\n', "resourceSpans that is not a list at 1: resourceSpans"),
        ('{}\n{"resourceSpans": [', ":2: not JSON"),
    ],
)
def test_a_broken_file_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(text)
    with pytest.raises(FileError, match=told):
        read_table([path])
    with pytest.raises(FileError, match="no such file"):
        read_table([tmp_path / "missing"])


def test_gzip_that_ends_too_early_is_told(tmp_path: Path) -> None:
    path = _lines(tmp_path / "a.gz", coupon_request()[0].spans)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileError, match="broken gzip data"):
        read_table([path])
