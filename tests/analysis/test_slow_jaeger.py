"""A Jaeger that takes long for many traces is asked for less at a time, and everything is read all the same."""

from __future__ import annotations

import pytest

from analysis.errors import JaegerSlowError
from analysis.gathering import gather
from analysis.search import Query, SearchResult
from kit.cli.traces.search import found_of
from tests.analysis.test_gathering import IndexOfJaeger, _traces, _window

TIMEOUT_S = 30.0


class SlowIndex(IndexOfJaeger):
    """One that needs some time for each trace it returns, and whose client waits for 30 s."""

    def __init__(self, count: int, a_trace_s: float) -> None:
        super().__init__(_traces(list(range(0, count * 10, 10))))
        self.now = 0.0
        self.timeouts = 0
        self.longest = 0.0
        self._a_trace_s = a_trace_s

    def search(self, query: Query) -> SearchResult:
        result = super().search(query)
        took = len(result.traces) * self._a_trace_s
        self.now += min(took, TIMEOUT_S)
        self.longest = max(self.longest, min(took, TIMEOUT_S))
        if took > TIMEOUT_S:
            self.timeouts += 1
            raise JaegerSlowError("http://jaeger", "Jaeger did not answer within 30 s")
        return result


@pytest.mark.parametrize("a_trace_s", [0.001, 0.05, 0.1, 0.5, 1.0, 2.9])
def test_seven_hundred_traces_are_read(a_trace_s: float) -> None:
    slow = SlowIndex(700, a_trace_s)
    found, coverage = gather(slow, _window(0, 10_000), clock=lambda: slow.now)
    assert len(found) == 700
    assert coverage.is_complete
    # Each one tells how much is too much, so there are few.
    assert slow.timeouts <= 3


def test_answers_become_short_again_before_one_is_given_up() -> None:
    slow = SlowIndex(2_000, 0.05)  # 500 traces take 25 s
    gather(slow, _window(0, 20_000), clock=lambda: slow.now)
    assert slow.timeouts == 0
    assert all(query.limit <= 200 for query in slow.asked[-5:])


def test_one_that_never_answers_is_given_up() -> None:
    slow = SlowIndex(700, 1e6)
    with pytest.raises(JaegerSlowError):
        gather(slow, _window(0, 10_000), clock=lambda: slow.now)
    assert slow.timeouts <= 4


@pytest.mark.parametrize("service", [None, "coupon-api"])
def test_a_search_for_many_is_answered_in_parts(service: str | None) -> None:
    slow = SlowIndex(700, 0.5)
    result = found_of(
        slow, Query(service, start_ns=_window(0, 1).start_ns, end_ns=_window(0, 8_000).end_ns, limit=100)
    )
    assert len(result.traces) == 100
    newest = max(trace.start_ns for trace in slow.all)
    assert result.traces[0].start_ns == newest
    assert slow.timeouts == 1
