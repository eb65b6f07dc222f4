"""Read the output of the Python SDK's ConsoleSpanExporter: one JSON object per span, over many lines.

`{"name": …, "context": {"trace_id": "0x…", "span_id": "0x…"}, "kind": "SpanKind.SERVER", "parent_id": null,
"start_time": "2026-11-21T14:05:00.000000Z", "end_time": …, "status": {"status_code": "UNSET"}, "attributes": {…},
"events": […], "links": […], "resource": {"attributes": {…}}}`. Source: `ReadableSpan.to_json` of opentelemetry-sdk.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analysis.model import Event, Link, Span, SpanKind, StatusCode, parent_by_links
from analysis.sources.json_objects import objects_of
from analysis.sources.left_out import LeftOut, Unit
from analysis.sources.otlp_json import UNNAMED_SERVICE, enumerated
from analysis.sources.spellings import LATEST, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model import Attributes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_span(raw: dict[str, Any]) -> bool:
    """Whether an object looks like a span of this exporter."""
    context = raw.get("context")
    return isinstance(context, dict) and ("trace_id" in context or "span_id" in context)


def span_of(raw: dict[str, Any], left_out: LeftOut) -> Span | None:
    """Decode one span. Return None if it has to be left out, and count it."""
    return _Reader(raw, left_out).span()


class _Reader:
    def __init__(self, raw: dict[str, Any], left_out: LeftOut) -> None:
        self._raw, self._left_out = raw, left_out

    def span(self) -> Span | None:
        raw = self._raw
        context = raw["context"]
        trace_id, span_id = identifier(context.get("trace_id"), 32), identifier(context.get("span_id"), 16)
        parent = identifier(raw.get("parent_id"), 16)
        start = _moment(raw.get("start_time"))
        if not trace_id or not span_id or parent is None:
            what = "trace id" if not trace_id else "span id" if not span_id else "parent's span id"
            return self._leave_out(f"a {what} that cannot be read")
        if not start:
            return self._leave_out(
                "no start time" if raw.get("start_time") is None else "a start time that cannot be read"
            )
        end = _moment(raw.get("end_time"))
        if end is None:
            self._field("an end time that cannot be read", "end_time")
        status = raw.get("status") or {}
        if not isinstance(status, dict):
            self._field("a status that is not an object", "status")
            status = {}
        resource = raw.get("resource") or {}
        of_resource = self._attributes(resource, "resource.")
        service = of_resource.pop("service.name", None)
        links = tuple(self._links())
        kind = raw.get("kind")
        names = {kind.name: kind for kind in SpanKind}
        known = SpanKind.UNSPECIFIED if kind is None else enumerated(kind, list(SpanKind), names)
        if known is None:
            self._field("an unknown kind", "kind")
        code = status.get("status_code")
        codes = {code.name: code for code in StatusCode}
        found = StatusCode.UNSET if code is None else enumerated(code, list(StatusCode), codes)
        if found is None:
            self._field("an unknown status code", "status.status_code")
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=parent or parent_by_links(trace_id, span_id, links),
            name=self._text(raw, "name"),
            kind=known or SpanKind.UNSPECIFIED,
            service=service if isinstance(service, str) and service else UNNAMED_SERVICE,
            start_ns=start,
            end_ns=end or 0,
            attributes=self._attributes(raw, ""),
            resource=of_resource,
            events=tuple(self._events()),
            links=links,
            status=found or StatusCode.UNSET,
            status_message=self._text(status, "description"),
        )

    def _events(self) -> Iterator[Event]:
        for place, event in self._objects("events"):
            time = _moment(event.get("timestamp"))
            if time is None:
                self._field("an event's time that cannot be read", f"{place}.timestamp")
            yield Event(time or 0, self._text(event, "name"), self._attributes(event, f"{place}."))

    def _links(self) -> Iterator[Link]:
        for place, link in self._objects("links"):
            context = link.get("context")
            context = context if isinstance(context, dict) else {}
            trace_id, span_id = (
                identifier(context.get("trace_id"), 32),
                identifier(context.get("span_id"), 16),
            )
            if not trace_id or not span_id:
                self._field("a link whose ids cannot be read", place)
                continue
            yield Link(trace_id, span_id, self._attributes(link, f"{place}."))

    def _objects(self, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return objects_of(self._raw.get(key), key, self._field)

    def _attributes(self, owner: Any, place: str) -> Attributes:
        found = owner.get("attributes") if isinstance(owner, dict) else owner
        if found is None:
            return {}
        if not isinstance(found, dict):
            self._field("attributes that are not an object", f"{place}attributes")
            return {}
        if "" in found:
            self._field("an attribute without a key", f"{place}attributes")
        return {key: value for key, value in found.items() if key}

    def _text(self, raw: dict[str, Any], key: str) -> str:
        value = raw.get(key)
        if value is not None and not isinstance(value, str):
            self._field("a text that is not a string", key)
            return ""
        return value or ""

    def _leave_out(self, why: str) -> Span | None:
        self._left_out.note(Unit.SPAN, why, "", self._raw)
        return None

    def _field(self, why: str, field: str) -> None:
        self._left_out.note(Unit.FIELD, why, "span", self._raw, field)


def _moment(value: Any) -> int | None:
    """Convert RFC 3339 to ns since 1970; 0 if there is no value, None if it is invalid."""
    if value is None or value == "":
        return 0
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    since = moment - _EPOCH
    ns = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
    return ns if 0 < ns <= LATEST else None
