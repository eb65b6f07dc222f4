"""The Jaeger client against answers replayed from documentation and source.

Versions after 2.13 cannot be run here: what their API answers is replayed as it is documented, so these tests show
that the client asks and reads as documented, not that such a Jaeger agrees. `test_jaeger_native.py` has a real one.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from analysis.errors import (
    JaegerRefusedError,
    JaegerTimeoutError,
    JaegerUnreachableError,
    NotJaegerError,
    QuestionError,
    TraceNotFoundError,
    UnknownServiceError,
)
from analysis.search import Query
from analysis.sources.jaeger import JaegerClient
from analysis.sources.jaeger_dialects import CAMEL_CASE, CAMEL_CASE_WITHOUT_ATTRIBUTES, SNAKE_CASE
from tests.analysis.encoders import jaeger_ui, otlp
from tests.analysis.samples import MS, START, TRACE_ID, coupon_request, span

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = coupon_request()[0]
_query = partial(Query, start_ns=START - 10**9, end_ns=START + 10**9)


def _error(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"httpCode": status, "message": message}})


class Replay:
    """A Jaeger 2.20 as documented: camelCase, attributes as a JSON object of strings, no traces = 404."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self.answer = answer or {"result": otlp(TRACE.spans)}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.url.path:
            case "/api/v3/services":
                return httpx.Response(200, json={"services": ["coupon-issuer", "coupon-api"]})
            case "/api/v3/traces":
                return self.find(request.url.params)
            case "/api/v3/traces/5b8efff798038103d269b633813fc60c":
                return httpx.Response(200, json=self.answer)
        return _error(404, "No traces found")

    def find(self, parameters: httpx.QueryParams) -> httpx.Response:
        if "query.attributes" in parameters:
            try:
                json.loads(parameters["query.attributes"])
            except json.JSONDecodeError as error:
                return _error(400, f"malformed parameter query.attributes: {error}")
        if "query.startTimeMin" not in parameters:
            return _error(400, "query.startTimeMin and query.startTimeMax are required")
        return httpx.Response(200, json=self.answer)


def _client(
    answer: Callable[[httpx.Request], httpx.Response], url: str = "http://jaeger:16686"
) -> JaegerClient:
    return JaegerClient(url, transport=httpx.MockTransport(answer))


def test_replay_2_20_is_asked_in_camel_case() -> None:
    replay = Replay()
    with _client(replay) as client:
        assert client.dialect is CAMEL_CASE
        query = _query(
            service="coupon-api", operation="GET", min_duration_ns=500_000, max_duration_ns=MS, limit=7
        )
        assert client.search(query).traces == [TRACE]
        assert client.search(query).found == 1
    assert dict(replay.asked[-1].url.params) == {
        "query.serviceName": "coupon-api",
        "query.operationName": "GET",
        "query.startTimeMin": "2026-11-21T11:31:49.568000000Z",
        "query.startTimeMax": "2026-11-21T11:31:51.568000000Z",
        "query.durationMin": "500000ns",
        "query.durationMax": "1000000ns",
        "query.searchDepth": "7",
    }
    assert len(replay.asked) == 3, "the dialect is found out once"


def test_replay_2_20_searches_attributes_itself_and_durations_are_looked_at_here() -> None:
    replay = Replay()
    with _client(replay) as client:
        query = _query(service="coupon-api", attributes={"messaging.system": "redis"})
        assert client.search(query).traces == [TRACE]
        slow = _query(service="coupon-api", attributes={"messaging.system": "redis"}, min_duration_ns=50 * MS)
        assert client.search(slow).traces == []
    (*_, parameters) = (one.url.params for one in replay.asked if "messaging.system" in str(one.url))
    assert json.loads(parameters["query.attributes"]) == {"messaging.system": "redis"}
    assert "query.durationMin" not in parameters
    assert parameters["query.searchDepth"] == "100", "more than wanted, for some is sorted out here"


def test_replay_camel_case_without_attributes_falls_back_to_v1() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/traces":
            assert json.loads(request.url.params["tags"]) == {"messaging.system": "redis"}
            return httpx.Response(200, json=jaeger_ui(TRACE.spans))
        return _error(404, "No traces found")

    with _client(answer) as client:
        assert client.dialect is CAMEL_CASE_WITHOUT_ATTRIBUTES
        found = client.search(_query(service="coupon-api", attributes={"messaging.system": "redis"}))
    assert [trace.trace_id for trace in found.traces] == [TRACE_ID]


def test_replay_2_13_is_told_by_the_parameters_it_misses() -> None:
    reason = "query.start_time_min and query.start_time_max are required"
    with _client(lambda _: _error(400, reason)) as client:
        assert client.dialect is SNAKE_CASE


def test_a_gateway_error_does_not_decide_the_dialect() -> None:
    with _client(lambda _: httpx.Response(503, json={})) as client, pytest.raises(JaegerRefusedError):
        _ = client.dialect


def test_a_streamed_answer_of_several_objects_is_read_whole() -> None:
    parts = [TRACE.spans[:5], TRACE.spans[5:]]
    body = "\n".join(json.dumps({"result": otlp(part)}) for part in parts)
    with _client(lambda _: httpx.Response(200, text=body)) as client:
        assert client.trace(TRACE_ID) == TRACE


def test_without_a_service_all_are_asked_and_a_trace_is_listed_once() -> None:
    replay = Replay()
    with _client(replay) as client:
        result = client.search(_query())
    asked = [
        r.url.params.get("query.serviceName") for r in replay.asked if "query.serviceName" in r.url.params
    ]
    assert asked == ["coupon-api", "coupon-issuer"]
    assert (result.traces, result.found) == ([TRACE], 1)


@pytest.mark.parametrize(
    ("traces", "spans_each", "limit", "incomplete"),
    [(3, 1, 4, False), (4, 1, 4, True), (2, 5, 4, False), (2, 6, 4, True)],
)
def test_an_answer_that_reached_a_limit_is_called_incomplete(
    traces: int, spans_each: int, limit: int, incomplete: bool
) -> None:
    spans = [
        span("s", n, n + 1, trace_id=f"{t:032x}") for t in range(1, traces + 1) for n in range(spans_each)
    ]
    with _client(Replay({"result": otlp(spans)})) as client:
        result = client.search(_query(service="coupon-api", limit=limit))
    assert result.incomplete == (("coupon-api",) if incomplete else ())


def test_an_unknown_service_names_the_nearest() -> None:
    with _client(Replay({"result": {}})) as client, pytest.raises(UnknownServiceError) as caught:
        client.search(_query(service="coupon-ap"))
    assert "coupon-api" in caught.value.hint


def test_a_trace_that_is_not_there() -> None:
    with _client(Replay()) as client:
        with pytest.raises(
            TraceNotFoundError, match=r"there is no trace f{32} in the Jaeger at http://jaeger:16686"
        ):
            client.trace("f" * 32)
        with pytest.raises(TraceNotFoundError) as caught:
            client.trace("5b8e")
    assert "the whole id" in caught.value.hint


@pytest.mark.parametrize(
    ("response", "what"),
    [
        (httpx.Response(200, text="<!DOCTYPE html><html>"), "the answer is a web page"),
        (httpx.Response(200, text=""), None),
        (httpx.Response(200, text="404 page not found"), "begins with '404 page not found'"),
        (httpx.Response(401, text=""), "requires a login"),
        (httpx.Response(302, headers={"location": "/login"}), "redirects to /login"),
        (httpx.Response(200, json=["x"]), "the list 'services' is missing"),
        (httpx.Response(200, json={"status": "ok"}), "the list 'services' is missing"),
    ],
)
def test_what_is_not_a_jaeger_is_told_with_its_address(response: httpx.Response, what: str | None) -> None:
    with _client(lambda _: response) as client, pytest.raises(NotJaegerError) as caught:
        client.services()
    assert "http://jaeger:16686/api/v3/services" in caught.value.message
    assert what is None or what in caught.value.message


def test_a_jaeger_that_answers_with_no_services_has_none() -> None:
    with _client(lambda _: httpx.Response(200, json={})) as client:
        assert client.services() == []


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"httpCode": 500, "message": "table traces does not exist"}},
        {"data": None, "errors": [{"code": 500, "msg": "table traces does not exist"}]},
    ],
)
def test_jaegers_own_error_is_told(body: dict[str, Any]) -> None:
    with (
        _client(lambda _: httpx.Response(500, json=body)) as client,
        pytest.raises(JaegerRefusedError, match="Jaeger answered 500: table traces does not exist") as caught,
    ):
        client.trace(TRACE_ID)
    assert caught.value.hint


def test_an_error_in_the_middle_of_a_stream_is_told() -> None:
    body = json.dumps({"result": otlp(TRACE.spans)}) + json.dumps({"error": {"message": "out of memory"}})
    with (
        _client(lambda _: httpx.Response(200, text=body)) as client,
        pytest.raises(JaegerRefusedError, match="memory"),
    ):
        client.trace(TRACE_ID)


def test_json_of_another_shape_is_not_jaegers() -> None:
    body = {"result": {"resourceSpans": 5}}
    with (
        _client(lambda _: httpx.Response(200, json=body)) as client,
        pytest.raises(NotJaegerError, match="resourceSpans that is not a list"),
    ):
        client.trace(TRACE_ID)


@pytest.mark.parametrize(
    ("error", "expected", "what"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), JaegerUnreachableError, "Connection refused"),
        (httpx.ReadTimeout("slow"), JaegerTimeoutError, "did not answer within 30 s"),
        (httpx.ConnectTimeout("slow"), JaegerTimeoutError, "no connection within 30 s"),
        (httpx.RemoteProtocolError("illegal request line"), NotJaegerError, "not HTTP"),
    ],
)
def test_trouble_on_the_network_is_told(error: Exception, expected: type[Exception], what: str) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with _client(fail) as client, pytest.raises(expected, match=what):
        client.services()


def test_a_base_path_comes_before_every_path() -> None:
    paths = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200, json={"services": []})

    with _client(answer, "http://jaeger:16686/tracing/") as client:
        client.services()
    assert paths == ["/tracing/api/v3/services"]


@pytest.mark.parametrize("url", ["jaeger:16686", "http://", "ftp://jaeger", "", "http://jaeger:port"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(QuestionError, match="is not the address of a Jaeger"):
        JaegerClient(url)
