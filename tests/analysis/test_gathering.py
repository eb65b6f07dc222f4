"""A window is read whole, or what is missing is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.gathering import gather
from analysis.model import Trace, newest_first
from analysis.search import Query, SearchResult, matching
from tests.analysis.samples import MS, START, span

if TYPE_CHECKING:
    from analysis.search import Operation


class IndexOfJaeger:
    """Stands for a search on ScyllaDB, which cannot be had here: it stops at N traces or 3N spans of the service.

    What it leaves out are the newest, the worst it could do.
    """

    where = "a sample"

    def __init__(self, traces: list[Trace]) -> None:
        self.all = traces
        self.asked: list[Query] = []

    def services(self) -> list[str]:
        return sorted({service for trace in self.all for service in trace.services})

    def operations(self, service: str) -> list[Operation]:
        raise NotImplementedError

    def trace(self, trace_id: str) -> Trace:
        raise NotImplementedError

    def search(self, query: Query) -> SearchResult:
        self.asked.append(query)
        found: list[Trace] = []
        spans = 0
        for trace in reversed(newest_first(matching(self.all, query))):
            if len(found) >= query.limit or spans >= 3 * query.limit:
                break
            found.append(trace)
            spans += trace.services.get(query.service or "", 0)
        stopped = len(found) >= query.limit or spans >= 3 * query.limit
        return SearchResult(newest_first(found), len(found), (query.service or "",) if stopped else ())


def _traces(starts_ms: list[int], *, spans: int = 1, service: str = "coupon-api") -> list[Trace]:
    return [
        Trace(
            span("a", at, at + 1, service=service, trace_id=f"{number + 1:024x}{hash(service) % 2**32:08x}")
            for _ in range(spans)
        )
        for number, at in enumerate(starts_ms)
    ]


def _window(start_ms: int, end_ms: int, service: str | None = None) -> Query:
    return Query(service=service, start_ns=START + start_ms * MS, end_ns=START + end_ms * MS)


@given(
    st.lists(st.integers(0, 100_000), max_size=60),
    st.integers(1, 7),
    st.integers(1, 9),
)
@settings(deadline=None, max_examples=25)
def test_all_traces_of_a_window_are_found(starts: list[int], spans: int, a_slice: int) -> None:
    traces = _traces(starts, spans=spans) + _traces(starts[::3], service="coupon-issuer")
    found, coverage = gather(IndexOfJaeger(traces), _window(10_000, 90_000), a_slice=a_slice)
    wanted = {trace.trace_id for trace in traces if 10_000 <= (trace.start_ns - START) // MS <= 90_000}
    missed = wanted - {trace.trace_id for trace in found}
    assert {trace.trace_id for trace in found} <= wanted
    assert coverage.is_complete == (not coverage.crowded)
    assert not missed or coverage.crowded  # more than one search returns, within a millisecond


def test_a_moment_with_more_traces_than_a_search_returns_is_told() -> None:
    traces = _traces([500] * 9 + [100, 900])
    found, coverage = gather(IndexOfJaeger(traces), _window(0, 1_000), a_slice=4)
    assert len(found) == 2 + 4
    assert not coverage.is_complete
    ((service, start, end),) = coverage.crowded
    assert service == "coupon-api"
    assert start <= START + 500 * MS <= end


def test_one_search_is_enough_where_there_is_little() -> None:
    source = IndexOfJaeger(_traces([10, 20, 30]))
    gather(source, _window(0, 1_000_000))
    assert len(source.asked) <= 8


def test_the_newest_are_read_first_and_what_was_left_out_is_told() -> None:
    traces = _traces(list(range(0, 100_000, 100)), spans=2)
    found, coverage = gather(IndexOfJaeger(traces), _window(0, 100_000), a_slice=50, most_spans=500)
    assert not coverage.is_complete
    assert "spans were read" in coverage.stopped
    assert START < coverage.covered_from_ns < START + 100_000 * MS
    read = {trace.trace_id for trace in found}
    assert {trace.trace_id for trace in traces if trace.start_ns >= coverage.covered_from_ns} == read


def test_services_are_read_side_by_side_so_that_one_window_is_whole_for_all() -> None:
    traces = _traces(list(range(0, 100_000, 100))) + _traces(
        list(range(0, 100_000, 50)), service="coupon-issuer"
    )
    found, coverage = gather(IndexOfJaeger(traces), _window(0, 100_000), a_slice=50, most_spans=900)
    read = {trace.trace_id for trace in found}
    assert {trace.trace_id for trace in traces if trace.start_ns >= coverage.covered_from_ns} <= read
    assert len(found) < len(traces)


def test_a_window_without_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="start and an end"):
        gather(IndexOfJaeger([]), Query())
