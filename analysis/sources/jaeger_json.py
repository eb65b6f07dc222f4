"""Read Jaeger's own JSON: downloads of its UI and answers of its v1 API.

`{"data": [{"traceID": …, "spans": […], "processes": {"p1": {"serviceName": …, "tags": […]}}}]}`, with times in
microseconds. Jaeger converts parts of an OpenTelemetry span to tags (`span.kind`, `error`, `otel.status_code`,
`otel.status_description`, `otel.scope.name`) and references. This module converts them back, so that a trace does not
depend on its format. Nanoseconds and the attributes of links are lost, and so are lists and maps, which Jaeger writes
as JSON text.

Invalid data is left out by the rules of `otlp_json`.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from analysis.model import Event, Link, Span, SpanKind, StatusCode, parent_by_links
from analysis.sources.json_objects import objects_of
from analysis.sources.left_out import LeftOut, Unit
from analysis.sources.otlp_json import UNNAMED_SERVICE, enumerated
from analysis.sources.spellings import LATEST, identifier, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model import Attributes, AttributeValue

_KINDS = {kind.value: kind for kind in SpanKind}
_STATUSES = {code.name: code for code in StatusCode}
_NO_ERROR = {"", "0", "false", "none", "null"}


def spans_of(document: dict[str, Any], left_out: LeftOut | None = None) -> Iterator[Span]:
    """Decode the spans of all traces in one document.

    Args:
        document: an object with a list `data`.
        left_out: counts what cannot be read.
    """
    return _Reader(LeftOut() if left_out is None else left_out).document(document)


def is_error(value: AttributeValue) -> bool:
    """Whether the value of the tag `error` means that the span failed.

    The rule is that of Jaeger's UI: any value that is not empty means failure, such as `true` or a message. Texts for
    `false` and 0 mean no failure, as in older versions of the UI.
    """
    if isinstance(value, str):
        return value.strip().lower() not in _NO_ERROR
    return bool(value)


class _Reader:
    """Reader of one document; it remembers the current span for the counts."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._at = ""
        self._raw: Any = None

    def document(self, document: dict[str, Any]) -> Iterator[Span]:
        traces = document.get("data")
        if not isinstance(traces, list):
            self._part("data that is not a list of traces", "data", traces)
            return
        for t, trace in enumerate(traces):
            at = f"data[{t}]"
            if not isinstance(trace, dict):
                self._part("a trace that is not an object", at, trace)
                continue
            if not isinstance(trace.get("spans"), list):
                self._part("a trace without a list of spans", at, trace)
                continue
            self._at, self._raw = at, trace
            processes = self._processes(trace.get("processes"))
            for number, raw in enumerate(trace["spans"]):
                self._at, self._raw = f"{at}.spans[{number}]", raw
                span = self._span(raw, trace.get("traceID"), processes)
                if span is not None:
                    yield span

    def _processes(self, raw: Any) -> dict[str, tuple[str, Attributes]]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self._field("processes that are not an object", "processes")
            return {}
        return {key: self._process(process, f"processes.{key}") for key, process in raw.items()}

    def _process(self, raw: Any, place: str) -> tuple[str, Attributes]:
        if not isinstance(raw, dict):
            self._field("a process that is not an object", place)
            return UNNAMED_SERVICE, {}
        name = raw.get("serviceName")
        if name is not None and not isinstance(name, str):
            self._field("a text that is not a string", f"{place}.serviceName")
            name = ""
        return name or UNNAMED_SERVICE, self._tags(raw.get("tags"), f"{place}.tags")

    def _span(self, raw: Any, of_trace: Any, processes: dict[str, tuple[str, Attributes]]) -> Span | None:
        if not isinstance(raw, dict):
            return self._leave_out("a span that is not an object")
        trace_id = identifier(raw.get("traceID") or of_trace, 32)
        span_id = identifier(raw.get("spanID"), 16)
        if not trace_id:
            return self._leave_out(_why("trace id", trace_id))
        if not span_id:
            return self._leave_out(_why("span id", span_id))
        start = whole_number(raw.get("startTime") or 0)
        if start is None or not 0 < start * 1_000 <= LATEST:
            return self._leave_out(_why("start time", "" if start == 0 else None))
        references = self._references(raw.get("references"), trace_id)
        older = identifier(raw.get("parentSpanID"), 16)
        if references is None or older is None:
            return self._leave_out("a parent's span id that cannot be read")
        parent, links = references
        parent = parent or older or parent_by_links(trace_id, span_id, links)
        attributes = self._tags(raw.get("tags"), "tags")
        service, resource = self._own_process(raw, processes)
        kind = _KINDS.get(str(attributes.pop("span.kind", "")).lower(), SpanKind.UNSPECIFIED)
        status, message = _status(attributes)
        scope = str(attributes.pop("otel.scope.name", None) or "")
        for key in ("otel.scope.version", "w3c.tracestate"):
            attributes.pop(key, None)
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=parent,
            name=self._name(raw.get("operationName")),
            kind=kind,
            service=service,
            start_ns=start * 1_000,
            end_ns=self._end(raw, start),
            attributes=attributes,
            resource=resource,
            scope=scope,
            events=tuple(self._events(raw.get("logs"))),
            links=links,
            status=status,
            status_message=message,
        )

    def _own_process(
        self, raw: dict[str, Any], processes: dict[str, tuple[str, Attributes]]
    ) -> tuple[str, Attributes]:
        if isinstance(raw.get("process"), dict):
            return self._process(raw["process"], "process")
        key = raw.get("processID")
        known = processes.get(key) if isinstance(key, str) else None
        if known is None:
            self._field("a process that is not in the trace", "processID")
            return UNNAMED_SERVICE, {}
        return known

    def _name(self, raw: Any) -> str:
        if raw is not None and not isinstance(raw, str):
            self._field("a text that is not a string", "operationName")
            return ""
        return raw or ""

    def _end(self, raw: dict[str, Any], start_us: int) -> int:
        """Return the end; 0 if unknown."""
        value = raw.get("duration")
        if value is None or "Negative duration detected" in repr(raw.get("warnings")):
            return 0  # the duration is then made up by Jaeger
        duration = whole_number(value)
        if duration is None or (start_us + duration) * 1_000 > LATEST:
            self._field("a duration that cannot be read", "duration")
            return 0
        return max(0, (start_us + duration) * 1_000)

    def _references(self, raw: Any, trace_id: str) -> tuple[str, tuple[Link, ...]] | None:
        """Return the parent and the links; None if the parent is invalid.

        Jaeger writes the parent as CHILD_OF in the same trace, and each link as FOLLOWS_FROM.
        """
        if raw is None:
            return "", ()
        if not isinstance(raw, list):
            return None
        parent = ""
        links = []
        for number, reference in enumerate(raw):
            if not isinstance(reference, dict):
                return None
            is_parent = reference.get("refType") != "FOLLOWS_FROM"
            trace = identifier(reference.get("traceID") or trace_id, 32)
            span = identifier(reference.get("spanID"), 16)
            if trace is None or span is None:
                if is_parent:
                    return None
                self._field("a link whose ids cannot be read", f"references[{number}]")
            elif is_parent and trace == trace_id and not parent:
                parent = span
            else:
                links.append(Link(trace, span))
        return parent, tuple(links)

    def _events(self, raw: Any) -> Iterator[Event]:
        for place, log in objects_of(raw, "logs", self._field):
            fields = self._tags(log.get("fields"), f"{place}.fields")
            time = whole_number(log.get("timestamp") or 0)
            if time is None or not 0 <= time * 1_000 <= LATEST:
                self._field("an event's time that cannot be read", f"{place}.timestamp")
                time = 0
            yield Event(time * 1_000, str(fields.pop("event", "")), fields)

    def _tags(self, raw: Any, place: str) -> Attributes:
        found: Attributes = {}
        for at, tag in objects_of(raw, place, self._field):
            key = tag.get("key")
            if not isinstance(key, str) or not key:
                self._field("an attribute without a key", at)
                continue
            try:
                found[key] = _value(tag.get("type"), tag.get("value"))
            except (KeyError, TypeError, ValueError):
                self._field("an attribute's value that cannot be read", at)
        return found

    def _leave_out(self, why: str) -> Span | None:
        self._left_out.note(Unit.SPAN, why, self._at, self._raw)
        return None

    def _field(self, why: str, field: str) -> None:
        self._left_out.note(Unit.FIELD, why, self._at, self._raw, field)

    def _part(self, why: str, at: str, raw: object) -> None:
        self._left_out.note(Unit.PART, why, at, raw)


def _why(what: str, read: str | None) -> str:
    return f"a {what} that cannot be read" if read is None else f"no {what}"


def _status(attributes: Attributes) -> tuple[StatusCode, str]:
    """Return the status from Jaeger's tags; a text in `error` is its message."""
    code = (
        enumerated(attributes.pop("otel.status_code", None), list(StatusCode), _STATUSES) or StatusCode.UNSET
    )
    message = str(attributes.pop("otel.status_description", None) or "")
    error = attributes.get("error")
    if not is_error(error):
        return code, message
    if error is True:
        del attributes["error"]
    elif isinstance(error, str) and error.strip().lower() != "true":
        message = message or error
    return StatusCode.ERROR, message


def _value(kind: object, value: Any) -> AttributeValue:
    if value is None:
        return None
    match kind:
        case "int64":
            number = whole_number(value)
            if number is None:
                raise ValueError("no whole number")
            return number
        case "float64" if not isinstance(value, bool):
            return float(value)
        case "binary" if isinstance(value, str):
            return base64.b64decode(value)
        case "bool" if isinstance(value, str):
            return {"true": True, "1": True, "false": False, "0": False}[value.strip().lower()]
    return value  # type: ignore[no-any-return]
