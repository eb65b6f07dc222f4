from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.model import Span, Trace, newest_first, traces_of
from tests.analysis.samples import MS, START, TRACE_ID, coupon_request, span

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_children_hang_below_their_parent_by_start_time() -> None:
    root = span("root", 0, 10)
    late, early = span("late", 5, 6, parent=root), span("early", 1, 2, parent=root)
    trace = Trace([late, root, early])
    assert trace.roots == [root]
    assert trace.root is root
    assert trace.children(root) == [early, late]
    assert trace.children(early) == []


def test_a_trace_lasts_from_its_first_start_to_its_last_end() -> None:
    trace = Trace([span("root", 2, 4), span("outlives it", 3, 9)])
    assert (trace.start_ns, trace.end_ns, trace.duration_ns) == (START + 2 * MS, START + 9 * MS, 7 * MS)


def test_services_and_errors_are_counted() -> None:
    (trace,) = coupon_request()
    assert trace.services == {"coupon-api": 5, "coupon-issuer": 5, "coupon-notifier": 2}
    assert next(iter(trace.services)) == "coupon-api"
    assert trace.errors == 2


def test_a_span_without_its_parent_is_an_orphan_and_may_stand_for_the_trace() -> None:
    orphan = span("orphan", 1, 2, parent="00000000000000ff")
    below = span("below", 1, 2, parent=orphan)
    trace = Trace([below, orphan])
    assert (trace.roots, trace.orphans, trace.root) == ([], [orphan], orphan)
    assert trace.children(orphan) == [below]


def test_several_roots_are_kept_and_the_first_stands_for_the_trace() -> None:
    second, first = span("second", 5, 6), span("first", 1, 2)
    trace = Trace([second, first])
    assert trace.roots == [first, second]
    assert trace.root is first


def test_a_circle_of_parents_is_opened_at_its_earliest_span() -> None:
    a = span("a", 2, 3, span_id="000000000000000a", parent="000000000000000b")
    b = span("b", 1, 3, span_id="000000000000000b", parent="000000000000000a")
    hanging = span("hanging", 0, 3, parent=a)
    trace = Trace([a, b, hanging])
    assert trace.circular == [b]
    assert trace.children(b) == [a]
    assert trace.children(a) == [hanging]


def test_a_span_that_is_its_own_parent_is_a_circle() -> None:
    own = span("own", 0, 1, span_id="000000000000000a", parent="000000000000000a")
    assert Trace([own]).tops == [own]


def test_a_span_sent_twice_is_one_span() -> None:
    spans = coupon_request()[0].spans
    assert len(Trace([*spans, *spans]).spans) == 12


def test_spans_that_share_an_id_and_differ_are_both_kept() -> None:
    first, second = span("first", 0, 5, span_id="0" * 15 + "1"), span("second", 1, 4, span_id="0" * 15 + "1")
    child = span("child", 2, 3, parent=first)
    for spans in ([first, second, child], [child, second, first]):
        trace = Trace(spans)
        assert [one.name for one in trace.spans] == ["first", "second", "child"]
        assert trace.children(first) == [child]
        assert trace.children(second) == []


def test_which_of_two_spans_with_one_id_comes_first_does_not_depend_on_their_order() -> None:
    one, other = span("one", 0, 1, span_id="a" * 16), span("other", 0, 1, span_id="a" * 16)
    assert Trace([one, other]) == Trace([other, one])
    assert Trace([one, other]).by_id == Trace([other, one]).by_id


def test_a_clock_set_back_during_a_span_gives_no_negative_duration() -> None:
    assert span("back", 5, 3).duration_ns == 0
    assert Trace([span("back", 5, 3)]).duration_ns == 0


@pytest.mark.parametrize("spans", [[], [span("a", 0, 1), span("b", 0, 1, trace_id="a" * 32)]])
def test_a_trace_needs_spans_of_one_trace(spans: Sequence[Span]) -> None:
    with pytest.raises(ValueError, match="exactly one trace id"):
        Trace(spans)


def test_spans_of_many_traces_are_put_together_newest_first() -> None:
    old, new = span("old", 0, 1), span("new", 5, 6, trace_id="a" * 32)
    more = span("more", 7, 8)
    assert [trace.trace_id for trace in traces_of([more, old, new])] == ["a" * 32, TRACE_ID]
    assert newest_first(traces_of([old, new])) == traces_of([new, old])


_ids = st.integers(1, 6)


@given(
    st.lists(
        st.tuples(_ids, st.integers(0, 6), st.integers(0, 5), st.integers(-1, 5)), min_size=1, max_size=14
    ),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_every_span_is_below_exactly_one_top_whatever_the_parents_and_the_order(
    shape: list[tuple[int, int, int, int]], chance: random.Random
) -> None:
    spans = [
        span("s", start, start + length, span_id=f"{own:016x}", parent=f"{parent:016x}" if parent else "")
        for own, parent, start, length in shape
    ]
    trace = Trace(spans)
    met: list[int] = []
    todo = list(trace.tops)
    while todo:
        one = todo.pop()
        met.append(id(one))
        todo.extend(trace.children(one))
    assert sorted(met) == sorted(id(one) for one in trace.spans)
    shuffled = list(spans)
    chance.shuffle(shuffled)
    again = Trace(shuffled)
    assert again == trace
    assert [one.span_id for one in again.tops] == [one.span_id for one in trace.tops]
