from __future__ import annotations

from typing import Any

import pytest

from analysis.errors import FormatError
from analysis.model import Link, SpanKind, StatusCode
from analysis.sources.documents import spans_of

# As Jaeger 2.13's v1 API answers and its UI downloads, shortened.
DOCUMENT: dict[str, Any] = {
    "data": [
        {
            "traceID": "d269b633813fc60c",
            "spans": [
                {
                    "traceID": "d269b633813fc60c",
                    "spanID": "ee19b7ec3c1b174",
                    "operationName": "POST /coupons",
                    "references": [
                        {"refType": "CHILD_OF", "traceID": "d269b633813fc60c", "spanID": "aaa19b7ec3c1b174"},
                        {
                            "refType": "FOLLOWS_FROM",
                            "traceID": "0af7651916cd43dd8448eb211c80319c",
                            "spanID": "b7ad6b7169203331",
                        },
                    ],
                    "startTime": 1795260710568961,
                    "duration": 400000,
                    "tags": [
                        {"key": "http.route", "type": "string", "value": "/coupons"},
                        {"key": "n", "type": "int64", "value": 5},
                        {"key": "bytes", "type": "binary", "value": "AQI="},
                        {"key": "error", "type": "bool", "value": True},
                        {"key": "otel.status_code", "type": "string", "value": "ERROR"},
                        {"key": "otel.status_description", "type": "string", "value": "boom"},
                        {"key": "otel.scope.name", "type": "string", "value": "asgi"},
                        {"key": "otel.scope.version", "type": "string", "value": "1"},
                        {"key": "w3c.tracestate", "type": "string", "value": "a=b"},
                        {"key": "span.kind", "type": "string", "value": "server"},
                    ],
                    "logs": [
                        {
                            "timestamp": 1795260710568966,
                            "fields": [
                                {"key": "event", "type": "string", "value": "exception"},
                                {"key": "exception.type", "type": "string", "value": "E"},
                            ],
                        }
                    ],
                    "processID": "p1",
                    "warnings": None,
                }
            ],
            "processes": {
                "p1": {
                    "serviceName": "coupon-api",
                    "tags": [{"key": "service.version", "type": "string", "value": "1.0"}],
                }
            },
        }
    ]
}


def test_a_span_as_jaeger_downloads_it() -> None:
    (span,) = spans_of(DOCUMENT)
    assert (span.trace_id, span.span_id) == ("0000000000000000d269b633813fc60c", "0ee19b7ec3c1b174")
    assert span.parent_span_id == "aaa19b7ec3c1b174"
    assert span.links == (Link("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"),)
    assert (span.service, span.resource, span.scope) == ("coupon-api", {"service.version": "1.0"}, "asgi")
    assert (span.kind, span.status, span.status_message) == (SpanKind.SERVER, StatusCode.ERROR, "boom")
    assert span.attributes == {"http.route": "/coupons", "n": 5, "bytes": b"\x01\x02"}
    assert (span.start_ns, span.duration_ns) == (1795260710568961000, 400000000)
    assert (span.events[0].name, span.events[0].attributes) == ("exception", {"exception.type": "E"})


def test_one_trace_without_the_envelope_is_understood() -> None:
    assert list(spans_of(DOCUMENT["data"][0])) == list(spans_of(DOCUMENT))


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"processID": "p2"}, "data[0].spans[0]", "'p2' is missing"),
        ({"startTime": "soon"}, "data[0].spans[0]", "soon"),
        ({"spanID": "xyz"}, "data[0].spans[0]", "xyz"),
        ({"spanID": "1" * 17}, "data[0].spans[0]", "more than 16"),
        ({"tags": [{"value": 1}]}, "data[0].spans[0]", "'key' is missing"),
    ],
)
def test_a_span_that_breaks_the_format_is_named_with_its_place(
    change: dict[str, Any], place: str, what: str
) -> None:
    (trace,) = DOCUMENT["data"]
    broken = {"data": [{**trace, "spans": [{**trace["spans"][0], **change}]}]}
    with pytest.raises(FormatError) as caught:
        list(spans_of(broken))
    assert caught.value.where == place
    assert what in caught.value.what


@pytest.mark.parametrize("document", [{"data": 5}, {"data": [{"spans": 5}]}, {"data": ["x"]}])
def test_a_document_that_breaks_the_format_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="a list of"):
        list(spans_of(document))
