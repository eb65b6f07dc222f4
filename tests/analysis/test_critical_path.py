"""Critical paths: drawn by hand, against a literal Jaeger, and what holds for any trace at all."""

from __future__ import annotations

import dataclasses
import itertools
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.columns.building import table_of
from analysis.critical_path.by_rule import NEEDED, paths
from analysis.critical_path.path import Path, PathRule
from analysis.critical_path.totals import totals
from analysis.model import Link, Span, SpanKind, Trace, traces_of
from tests.analysis.made_traces import forests
from tests.analysis.samples import MS, START, TRACE_ID, coupon_request, span

if TYPE_CHECKING:
    from analysis.columns.table import SpanTable

PRODUCER, CONSUMER, SERVER, CLIENT = SpanKind.PRODUCER, SpanKind.CONSUMER, SpanKind.SERVER, SpanKind.CLIENT
RULES = list(PathRule)


def _paths(spans: list[Span], rule: PathRule) -> tuple[SpanTable, list[Path]]:
    table = table_of(spans, NEEDED)
    return table, list(paths(table, rule, np.ones(len(table), bool)))


def _drawn(spans: list[Span], rule: PathRule) -> list[tuple[str, float, float]]:
    """The sections of all paths in time: a span's name (`~name` for the wait before it), from and to in ms."""
    table, found = _paths(spans, rule)
    return [
        (
            ("~" if it.is_wait else "") + table.name_of(it.row),
            (it.start_ns - START) / MS,
            (it.end_ns - START) / MS,
        )
        for path in found
        for it in reversed(path.sections)
    ]


@pytest.mark.parametrize("rule", RULES)
def test_children_one_after_the_other(rule: PathRule) -> None:
    """
    C  1 ━━━━━━━━┐      ┌━━━━━━━━━┐      ┌━━━━━━━━━━━ 101
    D         20 ━━━━━━ 40        │      │
    E                          50 ━━━━━━ 60
    """
    c = span("C", 1, 101)
    d, e = span("D", 20, 40, parent=c), span("E", 50, 60, parent=c)
    assert _drawn([e, c, d], rule) == [
        ("C", 1, 20),
        ("D", 20, 40),
        ("C", 40, 50),
        ("E", 50, 60),
        ("C", 60, 101),
    ]


@pytest.mark.parametrize("rule", RULES)
def test_of_children_side_by_side_only_the_last_counts(rule: PathRule) -> None:
    """
    X  1 ━━━━━━━━━━━━━━┐           ┌━━━━━━━━ 101
    A      10 ──────────────── 50  │
    C              20 ━━━━━━━━━━━━ 60
    """
    x = span("X", 1, 101)
    spans = [x, span("A", 10, 50, parent=x), span("C", 20, 60, parent=x)]
    assert _drawn(spans, rule) == [("X", 1, 20), ("C", 20, 60), ("X", 60, 101)]


@pytest.mark.parametrize("rule", RULES)
def test_a_child_outside_of_its_parent_is_dropped_with_all_below_it(rule: PathRule) -> None:
    """
    A  10 ━━━━ 30
    B               40 ──────────── 80
    C                    50 ── 60           below B
    D  1 ── 5
    """
    a = span("A", 10, 30)
    b = span("B", 40, 80, parent=a)
    spans = [a, b, span("C", 50, 60, parent=b), span("D", 1, 5, parent=a)]
    assert _drawn(spans, rule) == [("A", 10, 30)]


@pytest.mark.parametrize("rule", RULES)
def test_a_child_that_outlives_its_parent_is_cut_from_the_top_down(rule: PathRule) -> None:
    """
    A  1 ━━━━━━━━━┐               30
    B          15 ━━━━┐           │  35
    C              20 ━━━━━━━━━━━━━━━━━━ 40
    """
    a = span("A", 1, 30)
    b = span("B", 15, 35, parent=a)
    assert _drawn([a, b, span("C", 20, 40, parent=b)], rule) == [("A", 1, 15), ("B", 15, 20), ("C", 20, 30)]


@pytest.mark.parametrize("rule", [PathRule.QUEUES, PathRule.JAEGER])
def test_a_grandchild_that_starts_before_its_parent_is_cut(rule: PathRule) -> None:
    """
    A  1 ━━━━━━━━━┐               30
    B          15 │       ┌━━━━━━━━━━ 35
    C       10 ── ━━━━━━━━ 25
    """
    a = span("A", 1, 30)
    b = span("B", 15, 35, parent=a)
    assert _drawn([a, b, span("C", 10, 25, parent=b)], rule) == [("A", 1, 15), ("C", 15, 25), ("B", 25, 30)]


def test_a_child_around_its_parent_is_all_of_it_to_jaeger_and_nothing_to_crisp() -> None:
    """
    A       10 ──────── 30
    B   5 ────────────────── 35
    """
    a = span("A", 10, 30)
    spans = [a, span("B", 5, 35, parent=a)]
    assert _drawn(spans, PathRule.JAEGER) == [("B", 10, 30)]
    assert _drawn(spans, PathRule.CRISP) == [("A", 10, 30)]


def test_children_that_touch_are_not_one_before_the_other_to_jaeger() -> None:
    """
    A  0 ────────────────── 30
    B     5 ──── 15
    C            15 ──── 25
    """
    a = span("A", 0, 30)
    spans = [a, span("B", 5, 15, parent=a), span("C", 15, 25, parent=a)]
    assert _drawn(spans, PathRule.JAEGER) == [("A", 0, 15), ("C", 15, 25), ("A", 25, 30)]
    assert [name for name, *_ in _drawn(spans, PathRule.CRISP)] == ["A", "B", "C", "A"]


def test_jaeger_counts_in_microseconds() -> None:
    a = span("A", 0, 30)
    spans = [a, span("B", 5, 15.0002, parent=a), span("C", 15.0008, 25, parent=a)]
    assert [name for name, *_ in _drawn(spans, PathRule.JAEGER)] == ["A", "C", "A"]
    assert [name for name, *_ in _drawn(spans, PathRule.QUEUES)] == ["A", "B", "A", "C", "A"]


def test_jaeger_leaves_out_a_producer_s_consumers_and_takes_every_root() -> None:
    """
    A (producer)  1 ━━━━━━━━━━━━━━━━ 31
    B (consumer)      10 ── 20                below A
    R                            25 ━━━━ 40   another root
    O                                   38 ━ 39   its parent is missing
    """
    a = span("A", 1, 31, kind=PRODUCER)
    b = span("B", 10, 20, kind=CONSUMER, parent=a)
    spans = [a, b, span("C", 12, 14, parent=b), span("R", 25, 40), span("O", 38, 39, parent="f" * 16)]
    assert _drawn(spans, PathRule.JAEGER) == [("A", 1, 31), ("R", 25, 40), ("O", 38, 39)]


def test_crisp_allows_a_hundredth_of_the_parent_s_time_as_overlap() -> None:
    """
    A  0 ─────────────────────────── 100
    B    10 ━━━━━ 50.9
    C          50 ━━━━━━━━━━━━━ 90
    """
    a = span("A", 0, 100)
    c = span("C", 50, 90, parent=a)
    assert _names([a, span("B", 10, 50.9, parent=a), c]) == {"A", "B", "C"}
    assert _names([a, span("B", 10, 51.1, parent=a), c]) == {"A", "C"}
    # A third sibling that begins within the overlap means that they ran side by side.
    assert "B" not in _names([a, span("B", 10, 50.9, parent=a), c, span("D", 50.5, 60, parent=a)])


def test_crisp_leaves_a_server_s_span_where_another_clock_put_it() -> None:
    """
    call   (client)  0 ──────────── 50
    handle (server)      30 ──────────── 79     49 long, on another clock
    query                          60 ── 70
    """
    call = span("call", 0, 50, kind=CLIENT)
    handle = span("handle", 30, 79, parent=call, kind=SERVER)
    spans = [call, handle, span("query", 60, 70, parent=handle)]
    table, (path,) = _paths(spans, PathRule.CRISP)
    assert {table.name_of(row): time / MS for row, time in path.exclusive_ns.items()} == {
        "call": 1,
        "handle": 39,
        "query": 10,
    }
    assert _names(
        [
            span("call", 0, 20, kind=CLIENT, span_id="a" * 16),
            dataclasses.replace(handle, parent_span_id="a" * 16),
        ]
    ) == {"call"}


def _names(spans: list[Span]) -> set[str]:
    table, found = _paths(spans, PathRule.CRISP)
    return {table.name_of(row) for path in found for row in path.exclusive_ns}


COUPON = [
    ("POST /campaigns/{campaign_id}/coupons", 0, 9.1),
    ("send coupon.requests", 9.1, 10.3),
    ("~process coupon.requests", 10.3, 62.4),
    ("process coupon.requests", 62.4, 63.0),
    ("EVALSHA", 63.0, 64.1),
    ("process coupon.requests", 64.1, 64.3),
    ("pool wait", 64.3, 79.0),
    ("process coupon.requests", 79.0, 79.1),
    ("INSERT coupons", 79.1, 96.5),
    ("process coupon.requests", 96.5, 98.0),
    ("send coupon.issued", 98.0, 99.4),
    ("~process coupon.issued", 99.4, 241.0),
    ("process coupon.issued", 241.0, 242.5),
    ("POST", 242.5, 246.0),
    ("POST /deliveries", 246.0, 247.9),
    ("UPDATE coupons", 247.9, 270.3),
    ("POST /deliveries", 270.3, 277.4),
    ("POST", 277.4, 279.1),
    ("process coupon.issued", 279.1, 280.2),
]
"""`samples.coupon_request` by hand. The first message lay 52.1 ms by its consumer's word: since 62.4 - 52.1 = 10.3.
The second one 141.3 ms, which would be since 99.7, after its producer's end: since that end."""


@pytest.mark.parametrize("mode", ["parent", "link"])
def test_a_request_goes_on_through_its_queues(mode: str) -> None:
    expected: list[Any] = [(name, pytest.approx(start), pytest.approx(end)) for name, start, end in COUPON]
    expected[0] = ("POST /campaigns/{campaign_id}/coupons", 0, pytest.approx(1.2))
    expected[1:1] = [
        ("GET", pytest.approx(1.2), pytest.approx(1.9)),
        ("POST /campaigns/{campaign_id}/coupons", pytest.approx(1.9), pytest.approx(9.1)),
    ]
    spans = [one for trace in coupon_request(mode=mode) for one in trace.spans]
    assert _drawn(spans, PathRule.QUEUES) == expected


def test_a_batch_is_on_the_path_of_each_of_its_messages() -> None:
    """
    POST 1  0 ━━━━━━━━━━━━━━ 20
    send 1       5 ━ 10
    POST 2                      100 ━━━━━━━━━ 120
    send 2                            105 ━ 110
    process                                         150 ━━━━ 160   links to both
    """
    posts = [
        span("POST", at, at + 20, kind=SERVER, trace_id=f"{number:032x}") for number, at in ((1, 0), (2, 100))
    ]
    sends = [
        span("send", at, at + 5, kind=PRODUCER, parent=post, trace_id=post.trace_id)
        for at, post in zip((5, 105), posts, strict=True)
    ]
    links = tuple(Link(one.trace_id, one.span_id) for one in sends)
    batch = span("process", 150, 160, kind=CONSUMER, trace_id="b" * 32, links=links)
    assert _drawn([*posts, *sends, batch], PathRule.QUEUES) == [
        ("POST", 0, 5),
        ("send", 5, 10),
        ("~process", 10, 150),
        ("process", 150, 160),
        ("POST", 100, 105),
        ("send", 105, 110),
        ("~process", 110, 150),
        ("process", 150, 160),
    ]


def test_the_last_of_several_consumers_ends_the_request() -> None:
    """
    POST  0 ━━━━━━━━━━ 20
    send    5 ━ 10
    one          12 ── 30
    two             15 ──── 18   dead at its first delivery
    two                          50 ━━ 60   delivered again
    """
    post = span("POST", 0, 20, kind=SERVER)
    send = span("send", 5, 10, kind=PRODUCER, parent=post)
    consumers = [
        span(name, a, b, kind=CONSUMER, parent=send)
        for name, a, b in (("one", 12, 30), ("two", 15, 18), ("two", 50, 60))
    ]
    assert _drawn([post, send, *consumers], PathRule.QUEUES) == [
        ("POST", 0, 5),
        ("send", 5, 10),
        ("~two", 10, 50),
        ("two", 50, 60),
    ]


def test_a_consumer_whose_clock_is_behind_did_not_wait() -> None:
    """
    POST     0 ━━━━━━━━━━━━━━ 20
    send            8 ━━ 12
    process      (9) ━━━━━━━━━━━━━━━━━ 30
    """
    post = span("POST", 0, 20, kind=SERVER)
    send = span("send", 8, 12, kind=PRODUCER, parent=post)
    process = span("process", 9, 30, kind=CONSUMER, parent=send)
    assert _drawn([post, send, process], PathRule.QUEUES) == [
        ("POST", 0, 8),
        ("send", 8, 9),
        ("process", 9, 30),
    ]
    early = dataclasses.replace(process, start_ns=START + 3 * MS)
    assert _drawn([post, send, early], PathRule.QUEUES) == [("POST", 0, 3), ("process", 3, 30)]
    earlier = dataclasses.replace(process, start_ns=START - 3 * MS)
    assert _drawn([post, send, earlier], PathRule.QUEUES) == [("process", -3, 30)]


def test_traces_that_link_in_a_circle_end() -> None:
    a = span("a", 0, 9, kind=CONSUMER, trace_id="a" * 32, links=(Link("b" * 32, "e" * 16),))
    sent_a = span("send", 2, 3, kind=PRODUCER, parent=a, trace_id="a" * 32, span_id="d" * 16)
    b = span("b", 4, 8, kind=CONSUMER, trace_id="b" * 32, links=(Link("a" * 32, "d" * 16),))
    sent_b = span("send", 5, 6, kind=PRODUCER, parent=b, trace_id="b" * 32, span_id="e" * 16)
    _, found = _paths([a, sent_a, b, sent_b], PathRule.QUEUES)
    assert len(found) == 1


class _LiteralJaeger:
    """Jaeger's algorithm as its UI has it: recursive, looking through all children at each step, in microseconds."""

    def __init__(self, trace: Trace, root: Span) -> None:
        self.trace = trace
        self.times: dict[str, list[int]] = {}
        self.children: dict[str, list[str]] = {}
        self.sections: set[tuple[str, int, int]] = set()
        self.collect(root)
        self.fit(root.span_id)
        self.follow(root.span_id, [], None)

    def collect(self, one: Span) -> None:
        start = one.start_ns // 1000
        self.times[one.span_id] = [start, start + one.duration_ns // 1000]
        below = [
            child
            for child in self.trace.children(one)
            if not (one.kind is PRODUCER and child.kind is CONSUMER)
        ]
        self.children[one.span_id] = [child.span_id for child in below]
        for child in below:
            self.collect(child)

    def fit(self, span_id: str) -> None:
        low, high = self.times[span_id]
        for child in list(self.children[span_id]):
            start, end = self.times[child]
            if start >= high or (start < low and end <= low):
                self.children[span_id].remove(child)
            else:
                self.times[child] = [max(start, low), min(end, high)]
                self.fit(child)

    def follow(self, span_id: str, above: list[str], before: int | None) -> None:
        last, latest = "", -1
        for child in self.children[span_id]:
            end = self.times[child][1]
            if (before is None or end < before) and end > latest:
                last, latest = child, end
        until = self.times[span_id][1] if before is None else before
        since = latest if last else self.times[span_id][0]
        if since != until:
            self.sections.add((span_id, since, until))
        if last:
            self.follow(last, [*above, span_id], None)
        elif above:
            self.follow(above[-1], above[:-1], self.times[span_id][0])


def _has_ties(trace: Trace) -> bool:
    """Whether siblings end together: which of them counts depends on their order, which Jaeger's UI leaves open."""
    return any(
        len({child.end_ns for child in trace.children(one)}) < len(trace.children(one)) for one in trace.spans
    )


@given(forests(most=14))
@settings(deadline=None, max_examples=80)
def test_the_same_as_jaeger_for_any_trace(spans: list[Span]) -> None:
    table, found = _paths(spans, PathRule.JAEGER)
    by_trace: dict[str, set[tuple[str, int, int]]] = {}
    for path in found:
        for it in path.sections:
            section = (table.span_id_of(it.row), it.start_ns // 1000, it.end_ns // 1000)
            by_trace.setdefault(table.trace_id_of(it.row), set()).add(section)
    for trace in traces_of(spans):
        roots = [*trace.roots, *trace.orphans]
        literal = set().union(*(_LiteralJaeger(trace, root).sections for root in roots)) if roots else set()
        if not _has_ties(trace):
            assert by_trace.get(trace.trace_id, set()) == literal


def _told(spans: list[Span], rule: PathRule, shift: int = 0) -> list[tuple[str, str, int, int, bool]]:
    table, found = _paths(spans, rule)
    return sorted(
        (
            table.trace_id_of(it.row),
            table.span_id_of(it.row),
            it.start_ns - shift,
            it.end_ns - shift,
            it.is_wait,
        )
        for path in found
        for it in path.sections
    )


@given(forests(most=14), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=80)
def test_what_holds_for_any_trace(spans: list[Span], chance: random.Random) -> None:
    for rule in RULES:
        table, found = _paths(spans, rule)
        for path in found:
            assert all(time >= 0 for time in path.exclusive_ns.values())
            assert all(time > 0 for time in path.wait_ns.values())
            forward = list(reversed(path.sections))
            assert all(it.duration_ns > 0 for it in forward)
            assert all(one.end_ns <= other.start_ns for one, other in itertools.pairwise(forward))
            if rule is PathRule.JAEGER:
                assert path.total_ns == table.duration_ns[path.root]
            if rule is PathRule.QUEUES and forward:
                assert path.total_ns == forward[-1].end_ns - forward[0].start_ns
        shuffled = list(spans)
        chance.shuffle(shuffled)
        assert _told(shuffled, rule) == _told(spans, rule)
        shift = 10**12 * 3_000
        later = [
            dataclasses.replace(one, start_ns=one.start_ns + shift, end_ns=one.end_ns + shift)
            for one in spans
        ]
        assert _told(later, rule, shift) == _told(spans, rule)


@given(forests(most=14, skew=False))
@settings(deadline=None, max_examples=60)
def test_without_a_queue_the_extended_rule_is_jaeger_s(spans: list[Span]) -> None:
    plain = [dataclasses.replace(one, kind=SpanKind.INTERNAL) for one in spans]
    assert _told(plain, PathRule.QUEUES) == _told(plain, PathRule.JAEGER)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", ["deep", "wide"])
def test_a_trace_of_a_hundred_thousand_spans(rule: PathRule, shape: str) -> None:
    top = span("top", 0, 200_000)
    spans = [top]
    for number in range(100_000):
        at = number if shape == "deep" else 2 * number
        end = 200_000 - number if shape == "deep" else 2 * number + 1
        spans.append(span("inner", at, end, parent=spans[-1] if shape == "deep" else top))
    table, (path,) = _paths(spans, rule)
    assert path.total_ns == 200_000 * MS
    assert len(table) == 100_001


def test_many_paths_add_up() -> None:
    spans = [one for trace in coupon_request() for one in trace.spans]
    other = [dataclasses.replace(one, trace_id="c" * 32, end_ns=one.end_ns) for one in spans]
    table, found = _paths([*spans, *other], PathRule.QUEUES)
    added = totals(table, found)
    assert (added.requests, added.total_ns) == (2, round(2 * 280.2 * MS))
    assert sum(part.total_ns for part in added.parts) == added.total_ns
    first = added.parts[0]
    assert (first.service, first.operation, first.is_wait) == ("coupon-notifier", "coupon.issued", True)
    assert first.requests == 2
    assert first.total_ns == pytest.approx(2 * 141.6 * MS)
    assert first.share == pytest.approx(141.6 / 280.2)
    assert first.worst_trace_id in {TRACE_ID, "c" * 32}


def test_only_requests_with_a_matching_span_are_taken() -> None:
    spans = [one for trace in coupon_request(mode="link") for one in trace.spans]
    lone = span("lone", 0, 5, trace_id="d" * 32)
    table = table_of([*spans, lone], NEEDED)
    matching = np.array([table.name_of(row) == "UPDATE coupons" for row in range(len(table))])
    (path,) = paths(table, PathRule.QUEUES, matching)
    assert table.trace_id_of(path.root) == TRACE_ID
    (path,) = paths(table, PathRule.JAEGER, matching)
    assert table.trace_id_of(path.root)[0] == "7"
