"""Read Zipkin's JSON, version 2: a list of spans, or a list of traces, each a list of spans.

`[{"traceId": …, "id": …, "parentId": …, "kind": "SERVER", "timestamp": µs, "duration": µs, "localEndpoint":
{"serviceName": …}, "tags": {…}, "annotations": […], "shared": true}]`. A client's and a server's span may share an id;
`Trace` and `SpanTable` handle this. A tag `error` with any value means that the span failed.
Source: the OpenAPI document of Zipkin's API (zipkin2-api.yaml).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.model import Event, Span, SpanKind, StatusCode
from analysis.sources.left_out import LeftOut, Unit
from analysis.sources.otlp_json import UNNAMED_SERVICE
from analysis.sources.spellings import LATEST, identifier, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model import Attributes

_KINDS = {kind.name: kind for kind in SpanKind}


def is_span(raw: object) -> bool:
    """Whether an object looks like one of Zipkin's spans."""
    return isinstance(raw, dict) and "traceId" in raw and "id" in raw and "spanId" not in raw


def span_of(raw: dict[str, Any], at: str, left_out: LeftOut) -> Span | None:
    """Decode one span.

    Args:
        raw: the span.
        at: its place in the document.
        left_out: counts what cannot be read.

    Returns:
        The span; None if it has to be left out.
    """
    return _Reader(raw, at, left_out).span()


class _Reader:
    def __init__(self, raw: dict[str, Any], at: str, left_out: LeftOut) -> None:
        self._raw, self._at, self._left_out = raw, at, left_out

    def span(self) -> Span | None:
        raw = self._raw
        trace_id, span_id = identifier(raw.get("traceId"), 32), identifier(raw.get("id"), 16)
        parent = identifier(raw.get("parentId"), 16)
        start = whole_number(raw.get("timestamp") or 0)
        if not trace_id:
            return self._leave_out("a trace id that cannot be read" if trace_id is None else "no trace id")
        if not span_id:
            return self._leave_out("a span id that cannot be read" if span_id is None else "no span id")
        if parent is None:
            return self._leave_out("a parent's span id that cannot be read")
        if start is None or not 0 < start * 1_000 <= LATEST:
            return self._leave_out("no start time" if start == 0 else "a start time that cannot be read")
        attributes = self._tags()
        failed = "error" in attributes
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=parent,
            name=self._name(),
            kind=self._kind(),
            service=self._service(),
            start_ns=start * 1_000,
            end_ns=self._end(start),
            attributes=attributes,
            events=tuple(self._annotations()),
            status=StatusCode.ERROR if failed else StatusCode.UNSET,
            status_message=str(attributes.pop("error") or "") if failed else "",
        )

    def _end(self, start_us: int) -> int:
        """Return the end; 0 if unknown."""
        duration = self._raw.get("duration")
        if duration is None:
            return 0
        took = whole_number(duration)
        if took is None or (start_us + took) * 1_000 > LATEST:
            self._field("a duration that cannot be read", "duration")
            return 0
        return max(0, (start_us + took) * 1_000)

    def _kind(self) -> SpanKind:
        kind = self._raw.get("kind")
        if kind is None:
            return SpanKind.UNSPECIFIED
        found = _KINDS.get(kind.upper()) if isinstance(kind, str) else None
        if found is None:
            self._field("an unknown kind", "kind")
        return found or SpanKind.UNSPECIFIED

    def _name(self) -> str:
        name = self._raw.get("name")
        if name is not None and not isinstance(name, str):
            self._field("a text that is not a string", "name")
            return ""
        return name or ""

    def _service(self) -> str:
        local = self._raw.get("localEndpoint")
        service = local.get("serviceName") if isinstance(local, dict) else None
        if (local is not None and not isinstance(local, dict)) or not isinstance(service, str | None):
            self._field("a local endpoint that cannot be read", "localEndpoint")
            return UNNAMED_SERVICE
        return service or UNNAMED_SERVICE

    def _tags(self) -> Attributes:
        tags = self._raw.get("tags")
        if tags is None:
            return {}
        if not isinstance(tags, dict):
            self._field("tags that are not an object", "tags")
            return {}
        if "" in tags:
            self._field("an attribute without a key", "tags")
        return {key: value for key, value in tags.items() if key}

    def _annotations(self) -> Iterator[Event]:
        found = self._raw.get("annotations")
        if found is not None and not isinstance(found, list):
            self._field("annotations that are not a list", "annotations")
            return
        for number, one in enumerate(found or ()):
            time = whole_number(one.get("timestamp") or 0) if isinstance(one, dict) else None
            if time is None or not 0 <= time * 1_000 <= LATEST:
                self._field("an annotation that cannot be read", f"annotations[{number}]")
                continue
            yield Event(time * 1_000, str(one.get("value") or ""))

    def _leave_out(self, why: str) -> Span | None:
        self._left_out.note(Unit.SPAN, why, self._at, self._raw)
        return None

    def _field(self, why: str, field: str) -> None:
        self._left_out.note(Unit.FIELD, why, self._at, self._raw, field)
