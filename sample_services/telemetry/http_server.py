"""A SERVER span for each HTTP request of an ASGI application, its duration, and the number of active requests.

FastAPI's own tracing adds a span for each step of a request. The stock instrumentation adds one for
each ASGI message. Both cost more than this for the same SERVER span. Where this is used, switch
FastAPI's own tracing off: `FastAPI(telemetry=...)` with tracing, metrics and logs False.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.metrics import Observation
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from stream_tracing import error_type

from .instruments import histogram, observed_sum
from .sharing import mark_failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    from opentelemetry.metrics import CallbackOptions
    from opentelemetry.util.types import AttributeValue

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})

# A client can send any word as the method, so other words have one common name, as in the conventions.
_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_OTHER = "_OTHER"
_METHOD, _ROUTE, _STATUS = "http.request.method", "http.route", "http.response.status_code"

DURATION = "http.server.request.duration"
_duration = histogram(
    DURATION,
    "s",
    "Duration of a request. Its edges are those of LATENCY_BUCKETS.",
    [_METHOD, _ROUTE, _STATUS, "error.type"],
)
# A counter that is read when metrics are collected costs hardly anything for each request.
_active: Counter[str] = Counter()


def _observe_active(_: CallbackOptions) -> Iterator[Observation]:
    for method, count in tuple(_active.items()):
        yield Observation(count, {_METHOD: method})


observed_sum("http.server.active_requests", "{request}", "Requests under way.", _observe_active, [_METHOD])


class TracingMiddleware:
    """Wraps a whole ASGI application, including its error handling.

    The caller's context is read from the request's headers. The span is named after the route
    (`GET /campaigns/{campaign_id}`), and the answer's `X-Trace-Id` header contains the trace id.
    """

    def __init__(
        self,
        app: Application,
        *,
        untraced: Iterable[str] = UNTRACED,
    ) -> None:
        """Wrap an application. Requests for the exact paths in `untraced` have no span."""
        self._app = app
        self._untraced = frozenset(untraced)
        self._tracer = trace.get_tracer(__name__)
        self._context_headers = {name.encode(): name for name in propagate.get_global_textmap().fields}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in self._untraced:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        span, context = self._start(scope, method)
        trace_id = _trace_id(span)
        measured: dict[str, AttributeValue] = {_METHOD: method}

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                _describe_response(span, scope, method, message["status"], measured)
                if trace_id:
                    message["headers"] = [*message.get("headers", ()), (b"x-trace-id", trace_id)]
            await send(message)

        token = otel_context.attach(context)
        _active[method] += 1
        try:
            await self._app(scope, receive, send_traced)
        except Exception as error:
            mark_failed(span, error)
            measured["error.type"] = error_type(error)
            raise
        finally:
            _active[method] -= 1
            otel_context.detach(token)
            _duration.record(time.perf_counter() - began, measured, context)
            span.end()

    def _start(self, scope: Scope, method: str) -> tuple[Span, Context]:
        carrier: dict[str, str] = {}
        # Each attribute costs 4 µs until it is at the collector. So attributes that are the same in all
        # requests of a service (server address and port, HTTP version) are left out.
        attributes: dict[str, AttributeValue] = {
            _METHOD: method,
            "url.path": scope["path"],
            "url.scheme": scope["scheme"],
        }
        for name, value in scope["headers"]:
            if name in self._context_headers:
                _add_line(carrier, self._context_headers[name], value.decode("latin-1").strip(" \t"))
            elif name == b"user-agent":
                attributes["user_agent.original"] = value.decode("latin-1")
        if scope.get("client"):
            attributes["client.address"] = scope["client"][0]
        if method is _OTHER:
            attributes["http.request.method_original"] = scope["method"]
        caller = propagate.extract(carrier, Context()) if carrier else Context()
        span = self._tracer.start_span(_name(method), caller, SpanKind.SERVER, attributes)
        return span, set_span_in_context(span, caller)


def _add_line(carrier: dict[str, str], name: str, line: str) -> None:
    """Add one line of a header that may have several.

    The lines form one list, joined with commas in their order (RFC 9110, 5.3; `tracestate` in W3C Trace Context,
    3.3.1). An empty line adds nothing. With a second `traceparent` the value is invalid, so the request has no caller.
    """
    if line:
        carrier[name] = f"{carrier[name]},{line}" if name in carrier else line


def _describe_response(
    span: Span, scope: Scope, method: str, status: int, measured: dict[str, AttributeValue]
) -> None:
    attributes: dict[str, AttributeValue] = {_STATUS: status}
    route = scope.get("route")
    if route is not None:
        attributes[_ROUTE] = route.path
        span.update_name(f"{_name(method)} {route.path}")
    if status >= 500:
        attributes["error.type"] = str(status)
        span.set_status(Status(StatusCode.ERROR))
    span.set_attributes(attributes)
    measured.update(attributes)


def _name(method: str) -> str:
    return "HTTP" if method is _OTHER else method


def _trace_id(span: Span) -> bytes:
    """Return the trace id in hex; empty if tracing is off."""
    context = span.get_span_context()
    return format(context.trace_id, "032x").encode() if context.is_valid else b""
