"""Spans whose end is not known: no rule takes them for 0 ns long."""

from __future__ import annotations

import pytest

from analysis.model import SpanKind, Trace
from tests.analysis_lint.cases import QUERY
from tests.analysis_lint.requests import Request, found, rules


def cut(request: Request, *, root: bool = False, calls: tuple[int, ...] = (), end: int = 0) -> Trace:
    """The request as it stood when it was cut off: some spans have no end, or one before their start."""
    trace = request.trace()
    for number in calls:
        request.spans[number + 1].end_ns = end
    if root:
        request.root.end_ns = end
    return trace


def serial() -> Request:
    request = Request()
    for path in ("/stock", "/price", "/rating"):
        request.http("GET", path, 80.0)
    return request


def waiting() -> Request:
    request = Request()
    request.step("pool.acquire", 40.0, {"db.client.connection.pool.name": "main"}, kind=SpanKind.INTERNAL)
    request.step("work", 2000.0, kind=SpanKind.INTERNAL)
    return request


@pytest.mark.parametrize("end", [0, 1])
def test_the_share_of_an_unfinished_request_is_not_known(end: int) -> None:
    assert "KIT204" in rules(serial().trace())
    assert "KIT204" not in rules(cut(serial(), root=True, end=end))
    # 40 ms of 2 s are no finding. Of a request without an end they were "40 of 0 ms".
    assert "KIT205" not in rules(waiting().trace())
    assert "KIT205" not in rules(cut(waiting(), root=True, end=end))


@pytest.mark.parametrize("calls", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_calls_without_an_end_are_not_one_after_the_other(calls: tuple[int, ...]) -> None:
    assert "KIT204" not in rules(cut(serial(), calls=calls))


@pytest.mark.parametrize(("kind", "rule"), [("sql", "KIT201"), ("redis", "KIT202"), ("many", "KIT203")])
def test_calls_side_by_side_without_an_end_are_no_loop(kind: str, rule: str) -> None:
    """They start within a moment: as 0 ns they would seem to follow each other."""

    def request(gap: float) -> Request:
        made = Request()
        for number in range(20):
            if kind == "sql":
                made.sql(QUERY.format(number), 12, gap=gap)
            elif kind == "redis":
                made.redis(f"GET user:{number}", 12, gap=gap)
            else:
                made.redis(f"{('GET', 'HGET', 'INCR', 'EXPIRE')[number % 4]} key:{number}", 12, gap=gap)
        return made

    assert rule in rules(request(0.2).trace())
    assert rule not in rules(request(-11.9).trace())
    assert rule not in rules(cut(request(-11.9), calls=tuple(range(20))))


def test_a_loop_is_one_although_a_call_has_no_end() -> None:
    request = Request()
    for number in range(8):
        request.sql(QUERY.format(number), 12)
    one = next(one for one in found(cut(request, calls=(7,))) if one.rule.id == "KIT201")
    assert "7 times" in one.found


def test_an_attempt_without_an_end_may_still_be_under_way() -> None:
    def request() -> Request:
        made = Request()
        made.http("GET", "/stock", 30.0, error=True)
        made.http("GET", "/stock", 30.0)
        return made

    assert "KIT207" in rules(request().trace())
    assert "KIT207" not in rules(cut(request(), calls=(0,)))


def test_loads_without_an_end_are_not_counted_as_at_once() -> None:
    def loads(*, unfinished: bool) -> list[Trace]:
        traces = []
        for number in range(6):
            request = Request(at=float(number))
            request.step(
                "load", 50.0, {"cache.result": "miss", "cache.key": "price:1"}, kind=SpanKind.INTERNAL
            )
            traces.append(cut(request, calls=(0,) if unfinished else ()))
        return traces

    assert "KIT206" in rules(loads(unfinished=False))
    assert "KIT206" not in rules(loads(unfinished=True))
