"""Read OTLP in its JSON encoding: `{"resourceSpans": [{"resource": …, "scopeSpans": [{"spans": […]}]}]}`.

Source: the OTLP specification, "JSON Protobuf Encoding": ids are hexadecimal, enums are integers, 64-bit integers are
decimal strings, bytes are base64. Three other forms are read too: plain Protobuf JSON (ids in base64, enums by name,
integers as numbers, names in snake_case), OTLP before 0.15 (`instrumentationLibrarySpans`), and Tempo's `batches`.

Invalid data is left out and counted; see `left_out`. A span needs a valid trace id, span id and start, and a valid
parent id if it has one. If any other field is invalid, the span is kept without that field.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from analysis.model import Event, Link, Span, SpanKind, StatusCode, parent_by_links
from analysis.sources.json_objects import objects_of
from analysis.sources.left_out import LeftOut, Unit
from analysis.sources.spellings import LATEST, identifier, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.model import Attributes, AttributeValue

UNNAMED_SERVICE = "unknown_service"
"""Service name of spans whose resource has no `service.name`, as in the SDKs."""

WRITTEN_AT_READING = "@jaeger@warnings"
"""Jaeger's own remarks. They are not part of the span: the memory storage adds one each time a trace is read."""

_MADE_END = "Negative duration detected"
"""Jaeger's remark on a span whose end is missing or before its start; Jaeger then returns start + 1 ns as the end."""

RESOURCES = ("resourceSpans", "resource_spans", "batches")
"""Keys for the list of a document's spans by resource."""

_SCOPES = (
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "instrumentation_library_spans",
)
_OF_SCOPE = ("scope", "instrumentationLibrary", "instrumentation_library")
_KINDS = list(SpanKind)
_STATUSES = list(StatusCode)
_KIND_NAMES = {kind.name: kind for kind in SpanKind}
_STATUS_NAMES = {code.name: code for code in StatusCode}
_KEYS = (
    *("traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"),
    *("attributes", "events", "links", "status", "timeUnixNano", "key", "value", "values", "message", "code"),
    *("stringValue", "intValue", "boolValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"),
)
_SPELLED = {key.lower(): key for key in _KEYS}
_KNOWN = frozenset(
    {*_KEYS, "traceState", "flags", "droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"}
)


def spans_of(document: dict[str, Any], left_out: LeftOut | None = None) -> Iterator[Span]:
    """Decode the spans of one OTLP JSON document.

    Args:
        document: an object with one of the keys `RESOURCES`.
        left_out: counts what cannot be read.
    """
    return _Reader(LeftOut() if left_out is None else left_out).document(document)


class _Reader:
    """Reader of one document; it remembers the current span for the counts."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._at, self._number = "", -1
        self._raw: object = None
        self._has_made_end = False

    def document(self, document: dict[str, Any]) -> Iterator[Span]:
        for key in RESOURCES:
            for r, of_resource in self._parts(document, key, ""):
                at = f"{key}[{r}]"
                self._at, self._number, self._raw = at, -1, of_resource
                service, resource = self._resource(of_resource.get("resource"))
                if not self._has_any(of_resource, _SCOPES, at, ("resource", "schemaUrl", "schema_url")):
                    continue
                for scopes in _SCOPES:
                    for s, of_scope in self._parts(of_resource, scopes, f"{at}."):
                        yield from self._scope(of_scope, f"{at}.{scopes}[{s}]", service, resource)

    def _scope(self, of_scope: dict[str, Any], at: str, service: str, resource: Attributes) -> Iterator[Span]:
        self._at, self._number, self._raw = at, -1, of_scope
        scope = ""
        for key in _OF_SCOPE:
            if of_scope.get(key) is not None:
                scope = self._scope_name(of_scope[key])
        if not self._has_any(of_scope, ("spans",), at, (*_OF_SCOPE, "schemaUrl", "schema_url")):
            return
        spans = of_scope["spans"]
        if spans is None:
            return
        if not isinstance(spans, list):
            self._part("spans that are not a list", f"{at}.spans", spans)
            return
        for number, raw in enumerate(spans):
            self._at, self._number, self._raw = at, number, raw
            span = self._span(raw, service, resource, scope)
            if span is not None:
                yield span

    def _parts(self, owner: dict[str, Any], key: str, at: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the objects of a list; other items are left out."""
        found = owner.get(key)
        if found is None:
            return
        if not isinstance(found, list):
            self._part(f"{key} that is not a list", at + key, found)
            return
        for number, item in enumerate(found):
            if isinstance(item, dict):
                yield number, item
            else:
                self._part(f"an entry of {key} that is not an object", f"{at}{key}[{number}]", item)

    def _has_any(
        self, owner: dict[str, Any], wanted: tuple[str, ...], at: str, known: tuple[str, ...]
    ) -> bool:
        """Whether one of the wanted keys exists; count other keys that may hold spans as left out."""
        others = [key for key, value in owner.items() if key not in wanted and key not in known and value]
        holding = [key for key in others if isinstance(owner[key], list | dict)]
        is_there = any(key in owner for key in wanted)
        if holding:
            names = ", ".join(repr(key) for key in holding[:3])
            self._part(f"{names} instead of {wanted[0]}", at, owner)
        elif not is_there:
            self._part(f"an entry without {wanted[0]}", at, owner)
        return is_there

    def _resource(self, raw: Any) -> tuple[str, Attributes]:
        if raw is None:
            return UNNAMED_SERVICE, {}
        if not isinstance(raw, dict):
            self._field("a resource that is not an object", "resource")
            return UNNAMED_SERVICE, {}
        attributes = self._attributes(raw, "resource.")
        name = attributes.pop("service.name", None)
        return (name if isinstance(name, str) and name else UNNAMED_SERVICE), attributes

    def _scope_name(self, raw: Any) -> str:
        if not isinstance(raw, dict):
            self._field("a scope that is not an object", "scope")
            return ""
        return self._text(raw, "name", "scope.")

    def _span(self, raw: Any, service: str, resource: Attributes, scope: str) -> Span | None:
        if not isinstance(raw, dict):
            return self._leave_out("a span that is not an object")
        if not raw.keys() <= _KNOWN:
            raw = respelled(raw)
        trace_id, span_id = identifier(raw.get("traceId"), 32), identifier(raw.get("spanId"), 16)
        parent = identifier(raw.get("parentSpanId"), 16)
        start = whole_number(raw.get("startTimeUnixNano") or 0)
        if not trace_id:
            return self._leave_out(_why("trace id", raw.get("traceId"), trace_id))
        if not span_id:
            return self._leave_out(_why("span id", raw.get("spanId"), span_id))
        if parent is None:
            return self._leave_out("a parent's span id that cannot be read")
        if start is None or not 0 < start <= LATEST:
            return self._leave_out(
                _why("start time", raw.get("startTimeUnixNano"), "" if start == 0 else None)
            )
        status = raw.get("status")
        if status is None or status == {}:
            code, message = StatusCode.UNSET, ""
        else:
            code, message = self._status(status)
        links = tuple(self._links(raw)) if raw.get("links") else ()
        kind = raw.get("kind", 0)
        self._has_made_end = False
        attributes = self._attributes(raw)
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=parent or parent_by_links(trace_id, span_id, links),
            name=self._text(raw, "name"),
            kind=_KINDS[kind] if kind.__class__ is int and 0 <= kind < len(_KINDS) else self._kind(kind),
            service=service,
            start_ns=start,
            end_ns=0 if self._has_made_end else self._end(raw),
            attributes=attributes,
            resource=resource,
            scope=scope,
            events=tuple(self._events(raw)) if raw.get("events") else (),
            links=links,
            status=code,
            status_message=message,
        )

    def _kind(self, raw: Any) -> SpanKind:
        if raw is None:
            return SpanKind.UNSPECIFIED
        found = enumerated(raw, _KINDS, _KIND_NAMES)
        if found is None:
            self._field("an unknown kind", "kind")
        return found or SpanKind.UNSPECIFIED

    def _status(self, raw: Any) -> tuple[StatusCode, str]:
        if not isinstance(raw, dict):
            self._field("a status that is not an object", "status")
            return StatusCode.UNSET, ""
        if not raw.keys() <= _KNOWN:
            raw = respelled(raw)
        code = raw.get("code")
        found = StatusCode.UNSET if code is None else enumerated(code, _STATUSES, _STATUS_NAMES)
        if found is None:
            self._field("an unknown status code", "status.code")
        return found or StatusCode.UNSET, self._text(raw, "message", "status.")

    def _end(self, raw: dict[str, Any]) -> int:
        """Return the end; 0 if unknown."""
        value = raw.get("endTimeUnixNano")
        if value is None:
            return 0
        end = whole_number(value)
        if end is None or not 0 <= end <= LATEST:
            self._field("an end time that cannot be read", "endTimeUnixNano")
            return 0
        return end

    def _events(self, raw: dict[str, Any]) -> Iterator[Event]:
        for place, event in self._objects(raw, "events"):
            time = whole_number(event.get("timeUnixNano") or 0)
            if time is None or not 0 <= time <= LATEST:
                self._field("an event's time that cannot be read", f"{place}.timeUnixNano")
                time = 0
            yield Event(time, self._text(event, "name", f"{place}."), self._attributes(event, f"{place}."))

    def _links(self, raw: dict[str, Any]) -> Iterator[Link]:
        for place, link in self._objects(raw, "links"):
            trace_id, span_id = identifier(link.get("traceId"), 32), identifier(link.get("spanId"), 16)
            if trace_id is None or span_id is None:
                self._field("a link whose ids cannot be read", place)
                continue
            yield Link(trace_id, span_id, self._attributes(link, f"{place}."))

    def _objects(self, owner: dict[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for place, item in objects_of(owner[key], key, self._field):
            yield place, item if item.keys() <= _KNOWN else respelled(item)

    def _attributes(self, owner: dict[str, Any], place: str = "") -> Attributes:
        pairs = owner.get("attributes")
        if not pairs:
            return {}
        if not isinstance(pairs, list):
            self._field("attributes that are not a list", f"{place}attributes")
            return {}
        found: Attributes = {}
        for number, pair in enumerate(pairs):
            try:
                key = pair["key"]
                raw = pair.get("value")
                # Nearly all are text; a call for each takes as long as all else here.
                value = raw.get("stringValue") if raw else None
                if value.__class__ is not str:
                    value = value_of(raw)
            except _MISSHAPEN:
                self._odd_pair(pair, f"{place}attributes[{number}]", found)
                continue
            if key.__class__ is not str or not key:
                self._field(_NO_KEY, f"{place}attributes[{number}]")
            elif key != WRITTEN_AT_READING:
                found[key] = value
            else:
                self._has_made_end |= _MADE_END in repr(value)
        return found

    def _odd_pair(self, pair: Any, place: str, found: Attributes) -> None:
        """Read a pair in another form, or count it as left out with the reason."""
        if not isinstance(pair, dict):
            self._field("an attribute that is not an object", place)
            return
        pair = respelled(pair)
        key = pair.get("key")
        if not isinstance(key, str) or not key:
            self._field(_NO_KEY, place)
            return
        try:
            found[key] = value_of(pair.get("value"))
        except _MISSHAPEN:
            self._field("an attribute's value that cannot be read", place)

    def _text(self, raw: dict[str, Any], key: str, place: str = "") -> str:
        value = raw.get(key)
        if value.__class__ is str:
            return value
        if value is not None:
            self._field("a text that is not a string", place + key)
        return ""

    def _leave_out(self, why: str) -> Span | None:
        self._left_out.note(Unit.SPAN, why, f"{self._at}.spans[{self._number}]", self._raw)
        return None

    def _field(self, why: str, field: str) -> None:
        at = self._at if self._number < 0 else f"{self._at}.spans[{self._number}]"
        self._left_out.note(Unit.FIELD, why, at, self._raw, field)

    def _part(self, why: str, at: str, raw: object) -> None:
        self._left_out.note(Unit.PART, why, at, raw)


_NO_KEY = "an attribute without a key"
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


def _why(what: str, value: object, read: str | None) -> str:
    """Return the reason for leaving out a span with a missing or invalid id or time."""
    if read is None:
        return f"a {what} that cannot be read"
    return f"no {what}" if value is None or value == "" else f"a {what} of zero"


def respelled(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the object with its keys in OTLP's spelling, converted from snake_case and forms such as `traceID`."""
    found = {_SPELLED.get(key.replace("_", "").lower(), key): value for key, value in raw.items()}
    return {**found, **{key: value for key, value in raw.items() if key in _KNOWN}}


def enumerated(raw: Any, members: list[Any], names: dict[str, Any]) -> Any:
    """Return the member of an enumeration by number, name, or OTLP's spelling of the name; None if unknown."""
    number = whole_number(raw)
    if number is not None:
        return members[number] if 0 <= number < len(members) else None
    if not isinstance(raw, str):
        return None
    name = raw.strip().upper().rpartition(".")[2]
    return names.get(name.removeprefix("SPAN_KIND_").removeprefix("STATUS_CODE_"))


def value_of(raw: dict[str, Any] | None) -> AttributeValue:
    """Decode one attribute value, such as `{"stringValue": "a"}`.

    An empty object is None. If it has several kinds of values, the first one is used.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the value is invalid.
    """
    if not raw:
        if raw is None or raw == {}:
            return None
        raise TypeError("an object is expected")
    text = raw.get("stringValue")
    if text.__class__ is str:
        return text
    if len(raw) == 1:
        ((kind, value),) = raw.items()
        if kind in _READERS and value is not None:
            return _READERS[kind](value)
    kinds = [kind for kind in raw if raw[kind] is not None]
    if not kinds:
        return None
    for kind, read in _READERS.items():
        if raw.get(kind) is not None:
            return read(raw[kind])
    other = respelled(raw)
    if other.keys() & _READERS.keys() and other.keys() != raw.keys():
        return value_of(other)
    raise ValueError(f"unknown kinds: {kinds}")


def _string(value: Any) -> str:
    raise TypeError(f"{value!r} is not a string")


def _integer(value: Any) -> int:
    number = whole_number(value)
    if number is None:
        raise ValueError(f"{value!r} is not a whole number")
    return number


_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        return _FLAGS[str(value).lower()]
    raise TypeError(f"{value!r} is not a boolean")


def _floating(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a boolean is not a number")
    return float(value)  # "NaN" and "Infinity" come as strings, which float reads


def _values(value: Any) -> list[Any]:
    found = value.get("values")
    if found is None:
        return []
    if not isinstance(found, list):
        raise TypeError("a list is expected")
    return found


def _pairs(value: Any) -> dict[str, AttributeValue]:
    pairs = [respelled(pair) for pair in _values(value)]
    if not all(isinstance(pair["key"], str) for pair in pairs):
        raise TypeError("a key that is not a string")
    return {pair["key"]: value_of(pair.get("value")) for pair in pairs}


_READERS: dict[str, Callable[[Any], AttributeValue]] = {
    "stringValue": _string,
    "intValue": _integer,
    "boolValue": _flag,
    "doubleValue": _floating,
    "arrayValue": lambda value: [value_of(item) for item in _values(value)],
    "kvlistValue": _pairs,
    "bytesValue": lambda value: base64.b64decode(_padded(value), validate=True),
}


def _padded(value: Any) -> str:
    if not isinstance(value, str):
        raise binascii.Error("not a string")
    plain = value.translate(str.maketrans("-_", "+/")).rstrip("=")
    return plain + "=" * (-len(plain) % 4)
