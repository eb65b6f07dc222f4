"""Searches of a Jaeger on a CQL storage: what is called complete is complete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from analysis.search import Query, SearchResult, matching, reads_as
from analysis.sources.jaeger import JaegerClient
from kit.cli.traces.search import found_of
from tests.analysis.encoders import otlp
from tests.analysis.samples import MS, START, span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.model import Span

_INDEXED = {"k", "common", "long"}
_LONG = "x" * 300


class CqlJaeger:
    """Answers as Jaeger 2.20 on Cassandra does: each condition is cut to 3 N rows, then they are intersected."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = sorted(spans, key=lambda it: -it.start_ns)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/services":
            return httpx.Response(200, json={"services": sorted({it.service for it in self.spans})})
        asked = request.url.params
        try:
            tags: dict[str, str] = json.loads(asked.get("query.attributes", "{}"))
        except json.JSONDecodeError:
            return httpx.Response(400, json={"error": {"message": "query.attributes is not JSON"}})
        depth = int(asked["query.searchDepth"])
        low, high = (_ns(asked[f"query.startTime{end}"]) for end in ("Min", "Max"))
        rows = [
            it
            for it in self.spans
            if it.service == asked.get("query.serviceName") and low <= it.start_ns <= high
        ]
        sets = [_cut(_tagged(rows, key, text), depth) for key, text in tags.items()]
        operation = asked.get("query.operationName")
        if operation or not sets:
            sets.append(_cut([it for it in rows if operation in (None, it.name)], depth))
        ids = list(set.intersection(*map(set, sets)))[:depth]
        if not ids:
            return httpx.Response(404, json={"error": {"httpCode": 404, "message": "No traces found"}})
        return httpx.Response(200, json={"result": otlp(it for it in self.spans if it.trace_id in ids)})


def _tagged(rows: list[Span], key: str, text: str) -> list[Span]:
    if key not in _INDEXED or len(text) >= 256:
        return []
    return [it for it in rows if reads_as(it.attributes.get(key), text)]


def _cut(rows: list[Span], depth: int) -> list[str]:
    return list(dict.fromkeys(it.trace_id for it in rows[: 3 * depth]))[:depth]


def _ns(text: str) -> int:
    from analysis.moments import parse_moment

    seconds, _, fraction = text.rstrip("Z").partition(".")
    return parse_moment(f"{seconds}Z", now_ns=0, what="") + int(fraction.ljust(9, "0") or 0)


def _traces() -> list[Span]:
    """One old span that meets everything, behind 700 newer ones that meet a part each."""
    old: dict[str, Any] = {"k": "v", "common": "yes", "long": _LONG, "other": "o", "n": 5}
    spans = [span("X", 0, 5, trace_id=f"{1:032x}", attributes=old)]
    for number in range(2, 702):
        attributes: dict[str, Any] = {"common": "yes", "other": "p", "n": 6}
        spans.append(
            span("X", 10 * number, 10 * number + 5, trace_id=f"{number:032x}", attributes=attributes)
        )
    return spans


_SPANS = _traces()
_WINDOW: dict[str, Any] = {"start_ns": START - MS, "end_ns": START + 8_000 * MS}


@pytest.mark.parametrize(
    "query",
    [
        Query(operation="X", attributes={"k": "v"}),
        Query(attributes={"k": "v", "common": "yes"}),
        Query(attributes={"common": "yes", "k": "v"}),
        Query(operation="X", attributes={"common": "yes", "k": "v"}, min_duration_ns=MS),
        Query(attributes={"long": _LONG}),
        Query(operation="X", attributes={"long": _LONG}),
        Query(attributes={"other": "o"}),
        Query(operation="X", attributes={"other": "o", "common": "yes"}),
        Query(attributes={"n": "5"}),
        Query(attributes={"k": "v"}, max_duration_ns=5 * MS),
    ],
)
@pytest.mark.parametrize("service", ["coupon-api", None])
def test_one_old_trace_is_found_or_the_answer_says_that_it_is_not_complete(
    query: Query, service: str | None
) -> None:
    import dataclasses

    asked = dataclasses.replace(query, service=service, **_WINDOW)
    expected = [it for it in _SPANS if it.trace_id == f"{1:032x}"]
    with JaegerClient("http://jaeger:16686", transport=httpx.MockTransport(CqlJaeger(_SPANS))) as client:
        first = client.search(asked)
        assert first.traces or first.incomplete
        result: SearchResult = found_of(client, asked)
    assert [it.trace_id for it in result.traces] == [it.trace_id for it in expected]
    assert not result.incomplete
    assert matching(result.traces, asked) == result.traces


def test_what_is_nowhere_is_nowhere_and_that_is_known() -> None:
    few = [it for it in _SPANS if it.start_ns < START + 500 * MS]
    query = Query(service="coupon-api", attributes={"k": "nowhere"}, **_WINDOW)
    with JaegerClient("http://jaeger:16686", transport=httpx.MockTransport(CqlJaeger(few))) as client:
        result = found_of(client, query)
    assert (result.traces, result.incomplete) == ([], ())
