"""The caller's context in HTTP headers, one line or several: the cases of W3C Trace Context, Baggage and RFC 9110."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import baggage
from opentelemetry.trace import get_current_span

from sample_services.telemetry.http_server import TracingMiddleware

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import SpanContext

TRACE, OTHER, SPAN = "0af7651916cd43dd8448eb211c80319c", "1" * 32, "b7ad6b7169203331"
PARENT = ("traceparent", f"00-{TRACE}-{SPAN}-01")


async def seen(*lines: tuple[str, str]) -> tuple[SpanContext, Mapping[str, object]]:
    """The context and the baggage that an application sees."""
    found: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        found.append((get_current_span().get_span_context(), baggage.get_all()))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def nothing(*_: object) -> Any:
        return None

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in lines],
    }
    await TracingMiddleware(app)(scope, nothing, nothing)
    context, carried = found[0]
    return context, carried


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["foo=1"], "foo=1"),
        (["foo=1", "bar=2"], "foo=1,bar=2"),
        (["foo=1,bar=2", "baz=3"], "foo=1,bar=2,baz=3"),
        (["foo=1", "bar=2,baz=3", "rojo=4"], "foo=1,bar=2,baz=3,rojo=4"),
        (["foo=1", ""], "foo=1"),
        (["", "foo=1"], "foo=1"),
        (["foo=1", "", "bar=2"], "foo=1,bar=2"),
        (["foo=1", " \t ", "bar=2"], "foo=1,bar=2"),
        ([" foo=1 \t", "\tbar=2 "], "foo=1,bar=2"),
        (["foo=1 \t , \t bar=2", "baz=3"], "foo=1,bar=2,baz=3"),
        (["foo=1,", ",bar=2"], "foo=1,bar=2"),
        ([""], ""),
        (["", ""], ""),
        ([f"k{n}=v" for n in range(32)], ",".join(f"k{n}=v" for n in range(32))),
    ],
)
async def test_the_lines_of_a_tracestate_are_one_list(lines: list[str], expected: str) -> None:
    context, _ = await seen(PARENT, *(("tracestate", line) for line in lines))
    assert format(context.trace_id, "032x") == TRACE
    assert context.trace_state.to_header() == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a=1"], {"a": "1"}),
        (["a=1", "b=2"], {"a": "1", "b": "2"}),
        (["a=1,b=2", "c=3;property=x"], {"a": "1", "b": "2", "c": "3"}),
        (["a=1", "", "b=2"], {"a": "1", "b": "2"}),
        (["", "a=1"], {"a": "1"}),
        (["a=1", "a=2"], {"a": "2"}),
        ([""], {}),
    ],
)
async def test_the_lines_of_baggage_are_one_list(lines: list[str], expected: dict[str, str]) -> None:
    _, carried = await seen(*(("baggage", line) for line in lines))
    assert {name: str(value).partition(";")[0] for name, value in carried.items()} == expected


async def test_lines_of_different_headers_may_lie_between() -> None:
    context, carried = await seen(
        ("baggage", "a=1"),
        ("tracestate", "foo=1"),
        ("accept", "*/*"),
        PARENT,
        ("baggage", "b=2"),
        ("tracestate", "bar=2"),
    )
    assert context.trace_state.to_header() == "foo=1,bar=2"
    assert carried == {"a": "1", "b": "2"}


@pytest.mark.parametrize("second", [f"00-{OTHER}-{SPAN}-01", PARENT[1], "rubbish"])
async def test_two_traceparents_start_a_new_trace(second: str) -> None:
    for lines in ((PARENT, ("traceparent", second)), (("traceparent", second), PARENT)):
        context, _ = await seen(*lines, ("tracestate", "foo=1"))
        assert format(context.trace_id, "032x") not in {TRACE, OTHER}
        assert not context.trace_state


async def test_an_empty_line_beside_a_traceparent_is_nothing() -> None:
    context, _ = await seen(("traceparent", ""), PARENT)
    assert format(context.trace_id, "032x") == TRACE
