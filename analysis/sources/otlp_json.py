"""OTLP in its JSON encoding: `{"resourceSpans": [{"resource": …, "scopeSpans": [{"spans": […]}]}]}`.

Source: the OTLP specification, "JSON Protobuf Encoding": ids are hexadecimal, enums are integers, 64-bit integers
are decimal strings, bytes are base64. Writers that follow plain Protobuf JSON instead (ids in base64, enums by
name, integers as numbers) are understood as well.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from analysis.errors import FormatError
from analysis.model import Event, Link, Span, SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.model import Attributes, AttributeValue

_KINDS = dict(enumerate(SpanKind)) | {f"SPAN_KIND_{kind.name}": kind for kind in SpanKind}
_STATUSES = dict(enumerate(StatusCode)) | {f"STATUS_CODE_{code.name}": code for code in StatusCode}
_ZERO = {"0" * 16, "0" * 32}

UNNAMED_SERVICE = "unknown_service"
"""The service of spans whose resource has no `service.name` (the name the SDKs use for it)."""

WRITTEN_AT_READING = "@jaeger@warnings"
"""Jaeger's own remarks, of which its memory storage adds one at each reading of a trace: no part of the span."""


def spans_of(document: dict[str, Any]) -> Iterator[Span]:
    """Decode the spans of one OTLP JSON document.

    Raises:
        FormatError: the document is not OTLP JSON; says where inside it.
    """
    for r, resource_spans in enumerate(_items(document, "resourceSpans", "")):
        at_resource = f"resourceSpans[{r}]"
        service, resource = _resource_of(_object(resource_spans, "resource", at_resource), at_resource)
        for s, scope_spans in enumerate(_items(resource_spans, "scopeSpans", at_resource)):
            at_scope = f"{at_resource}.scopeSpans[{s}]"
            scope = str(_object(scope_spans, "scope", at_scope).get("name") or "")
            for n, raw in enumerate(_items(scope_spans, "spans", at_scope)):
                try:
                    span = _span(raw, service, resource, scope)
                except _MISSHAPEN as error:
                    raise _format_error(error, f"{at_scope}.spans[{n}]") from None
                yield span


def _resource_of(raw: dict[str, Any], where: str) -> tuple[str, Attributes]:
    try:
        attributes = _attributes_of(raw)
    except _MISSHAPEN as error:
        raise _format_error(error, f"{where}.resource") from None
    name = attributes.pop("service.name", None)
    return (name if isinstance(name, str) and name else UNNAMED_SERVICE), attributes


def _span(raw: dict[str, Any], service: str, resource: Attributes, scope: str) -> Span:
    status = raw.get("status") or {}
    return Span(
        trace_id=_required_id(raw, "traceId", 32),
        span_id=_required_id(raw, "spanId", 16),
        parent_span_id=_id(raw, "parentSpanId", 16),
        name=str(raw.get("name") or ""),
        kind=_enum(raw, "kind", _KINDS, SpanKind.UNSPECIFIED),
        service=service,
        start_ns=_whole_number(raw, "startTimeUnixNano"),
        end_ns=_whole_number(raw, "endTimeUnixNano"),
        attributes={key: value for key, value in _attributes_of(raw).items() if key != WRITTEN_AT_READING},
        resource=resource,
        scope=scope,
        events=tuple(_event(event) for event in raw.get("events") or ()),
        links=tuple(_link(link) for link in raw.get("links") or ()),
        status=_enum(status, "code", _STATUSES, StatusCode.UNSET),
        status_message=str(status.get("message") or ""),
    )


def _event(raw: dict[str, Any]) -> Event:
    return Event(_whole_number(raw, "timeUnixNano"), str(raw.get("name") or ""), _attributes_of(raw))


def _link(raw: dict[str, Any]) -> Link:
    return Link(_id(raw, "traceId", 32), _id(raw, "spanId", 16), _attributes_of(raw))


def _attributes_of(owner: dict[str, Any]) -> Attributes:
    return {pair["key"]: value_of(pair.get("value")) for pair in owner.get("attributes") or ()}


def value_of(raw: dict[str, Any] | None) -> AttributeValue:
    """Decode one attribute value, `{"stringValue": "a"}`; an empty one is None."""
    if not raw:
        return None
    ((kind, value),) = raw.items()
    if kind in {"stringValue", "boolValue"}:
        return value  # type: ignore[no-any-return]
    return _READERS[kind](value)


_READERS: dict[str, Callable[[Any], AttributeValue]] = {
    "intValue": int,
    "doubleValue": float,  # "NaN" and "Infinity" come as strings, which float reads
    "bytesValue": base64.b64decode,
    "arrayValue": lambda value: [value_of(item) for item in value.get("values") or ()],
    "kvlistValue": lambda value: {
        pair["key"]: value_of(pair.get("value")) for pair in value.get("values") or ()
    },
}


def _required_id(raw: dict[str, Any], key: str, digits: int) -> str:
    identifier = _id(raw, key, digits)
    if not identifier:
        raise FormatError(key, f"an id of {digits} hexadecimal digits is expected, found {raw.get(key)!r}")
    return identifier


def _id(raw: dict[str, Any], key: str, digits: int) -> str:
    value = raw.get(key)
    if not value:
        return ""
    try:
        identifier = value if len(value) == digits else base64.b64decode(value, validate=True).hex()
        int(identifier, 16)
    except (ValueError, TypeError, binascii.Error):
        identifier = ""
    if len(identifier) != digits:
        raise FormatError(key, f"an id of {digits} hexadecimal digits is expected, found {value!r}")
    return "" if identifier in _ZERO else identifier.lower()


def _whole_number(raw: dict[str, Any], key: str) -> int:
    value = raw.get(key, 0)
    try:
        return int(value)
    except (ValueError, TypeError):
        raise FormatError(key, f"nanoseconds as a whole number are expected, found {value!r}") from None


def _enum(raw: dict[str, Any], key: str, known: dict[Any, Any], absent: Any) -> Any:
    value = raw.get(key)
    if value is None:
        return absent
    if value not in known:
        expected = ", ".join(str(name) for name in known)
        raise FormatError(key, f"one of {expected} is expected, found {value!r}")
    return known[value]


def _items(owner: dict[str, Any], key: str, where: str) -> list[Any]:
    value = owner.get(key) or [] if isinstance(owner, dict) else None
    if not isinstance(value, list):
        raise FormatError(f"{where}.{key}".lstrip("."), "a list is expected")
    return value


def _object(owner: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = owner.get(key) or {} if isinstance(owner, dict) else None
    if not isinstance(value, dict):
        raise FormatError(f"{where}.{key}", "an object is expected")
    return value


_MISSHAPEN = (FormatError, KeyError, TypeError, ValueError, AttributeError)


def _format_error(error: Exception, where: str) -> FormatError:
    if isinstance(error, FormatError):
        return FormatError(f"{where}.{error.where}", error.what)
    return FormatError(where, f"not in the shape OTLP JSON gives it ({type(error).__name__}: {error})")
