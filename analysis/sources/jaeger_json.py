"""Jaeger's own JSON: what its UI downloads and its v1 API answers.

`{"data": [{"traceID": …, "spans": […], "processes": {"p1": {"serviceName": …, "tags": […]}}}]}`; times are
microseconds. Jaeger folds parts of an OpenTelemetry span into tags (`span.kind`, `error`, `otel.status_code`,
`otel.status_description`, `otel.scope.name`) and references; they are unfolded here, so that a trace is the same
whichever way it was read. Not to be had back: nanoseconds, the attributes of links, and lists and maps, which
Jaeger writes as JSON text.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from analysis.errors import FormatError
from analysis.model import Event, Link, Span, SpanKind, StatusCode
from analysis.sources.otlp_json import UNNAMED_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model import Attributes, AttributeValue

_KINDS = {kind.value: kind for kind in SpanKind}
_STATUSES = {code.name: code for code in StatusCode}


def spans_of(document: dict[str, Any]) -> Iterator[Span]:
    """Decode the spans of all traces in one document.

    Raises:
        FormatError: the document is not Jaeger's JSON; says where inside it.
    """
    traces = document.get("data")
    if not isinstance(traces, list):
        raise FormatError("data", "a list of traces is expected")
    for t, trace in enumerate(traces):
        if not isinstance(trace, dict) or not isinstance(trace.get("spans"), list):
            raise FormatError(f"data[{t}].spans", "a list of spans is expected")
        try:
            processes = {key: _process(raw) for key, raw in (trace.get("processes") or {}).items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _misshapen(f"data[{t}].processes", error) from None
        for n, raw in enumerate(trace["spans"]):
            try:
                span = _span(raw, processes)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise _misshapen(f"data[{t}].spans[{n}]", error) from None
            yield span


def _span(raw: dict[str, Any], processes: dict[str, tuple[str, Attributes]]) -> Span:
    trace_id = _trace_id(raw["traceID"])
    parent, links = _references(raw.get("references") or (), trace_id)
    attributes = _tags(raw.get("tags") or ())
    service, resource = _own_process(raw, processes)
    start_us = int(raw["startTime"])
    kind = _KINDS.get(str(attributes.pop("span.kind", "")), SpanKind.UNSPECIFIED)
    status, message = _status(attributes)
    scope = str(attributes.pop("otel.scope.name", ""))
    for key in ("otel.scope.version", "w3c.tracestate"):
        attributes.pop(key, None)
    return Span(
        trace_id=trace_id,
        span_id=_span_id(raw["spanID"]),
        parent_span_id=parent,
        name=str(raw["operationName"]),
        kind=kind,
        service=service,
        start_ns=start_us * 1_000,
        end_ns=(start_us + int(raw["duration"])) * 1_000,
        attributes=attributes,
        resource=resource,
        scope=scope,
        events=tuple(_event(log) for log in raw.get("logs") or ()),
        links=links,
        status=status,
        status_message=message,
    )


def _own_process(raw: dict[str, Any], processes: dict[str, tuple[str, Attributes]]) -> tuple[str, Attributes]:
    if isinstance(raw.get("process"), dict):
        return _process(raw["process"])
    return processes[raw["processID"]]


def _process(raw: dict[str, Any]) -> tuple[str, Attributes]:
    return str(raw.get("serviceName") or UNNAMED_SERVICE), _tags(raw.get("tags") or ())


def _references(raw: Any, trace_id: str) -> tuple[str, tuple[Link, ...]]:
    """Jaeger writes the parent as CHILD_OF within the trace, and every link as FOLLOWS_FROM."""
    parent = ""
    links = []
    for reference in raw:
        target = (_trace_id(reference["traceID"]), _span_id(reference["spanID"]))
        if not parent and reference["refType"] == "CHILD_OF" and target[0] == trace_id:
            parent = target[1]
        else:
            links.append(Link(*target))
    return parent, tuple(links)


def _status(attributes: Attributes) -> tuple[StatusCode, str]:
    code = _STATUSES.get(str(attributes.pop("otel.status_code", "")), StatusCode.UNSET)
    if attributes.get("error") is True:
        del attributes["error"]
        code = StatusCode.ERROR
    return code, str(attributes.pop("otel.status_description", ""))


def _event(raw: dict[str, Any]) -> Event:
    fields = _tags(raw.get("fields") or ())
    return Event(int(raw["timestamp"]) * 1_000, str(fields.pop("event", "")), fields)


def _tags(raw: Any) -> Attributes:
    return {tag["key"]: _value(tag.get("type", "string"), tag.get("value")) for tag in raw}


def _value(kind: str, value: Any) -> AttributeValue:
    if kind == "int64":
        return int(value)
    if kind == "float64":
        return float(value)
    if kind == "binary" and isinstance(value, str):
        return base64.b64decode(value)
    if kind == "bool" and isinstance(value, str):
        return value == "true"
    return value  # type: ignore[no-any-return]


def _trace_id(text: str) -> str:
    return _hexadecimal(text, 32)


def _span_id(text: str) -> str:
    return _hexadecimal(text, 16)


def _hexadecimal(text: str, digits: int) -> str:
    """Jaeger leaves out leading zeros of 64-bit trace ids, and in old versions of all ids."""
    int(text, 16)
    padded = text.lower().rjust(digits, "0")
    if len(padded) != digits:
        raise ValueError(f"{text!r} has more than {digits} hexadecimal digits")
    return padded


def _misshapen(where: str, error: Exception) -> FormatError:
    what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return FormatError(where, f"not in the shape Jaeger's JSON gives it: {what}")
