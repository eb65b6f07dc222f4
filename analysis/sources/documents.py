"""Detect the format of a JSON document by its content, and decode its spans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.sources import console_json, jaeger_json, otlp_json, zipkin_json
from analysis.sources.left_out import LeftOut, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model import Span

EXPECTED = (
    'OTLP JSON ({"resourceSpans": …}), one such object on each line, '
    'or Jaeger\'s JSON download ({"data": [{"traceID": …'
)

_OTHER_SIGNALS = {
    *("resourceMetrics", "resourceLogs", "resourceProfiles"),
    *("resource_metrics", "resource_logs", "resource_profiles"),
}
_OF_ENTRY = {
    *("scopeSpans", "scope_spans"),
    *("instrumentationLibrarySpans", "instrumentation_library_spans"),
}
_DEEPEST = 8
"""Maximum number of lists and wrappers around a document."""


def spans_of(document: Any, left_out: LeftOut | None = None) -> Iterator[Span]:
    """Decode the spans of a document in any known format.

    The formats are OTLP JSON, answers of Jaeger's and Tempo's APIs, Jaeger's download, Zipkin's JSON and the output of
    the Python SDK's console exporter. Metrics and logs, which a collector may write to the same file, are skipped.

    Args:
        document: a parsed JSON value.
        left_out: counts what cannot be read, including documents in another format.
    """
    return _spans(document, LeftOut() if left_out is None else left_out, "", 0)


def _spans(document: Any, left_out: LeftOut, at: str, depth: int) -> Iterator[Span]:  # noqa: C901
    if isinstance(document, list) and document and depth < _DEEPEST:
        for number, item in enumerate(document):
            place = f"{at}[{number}]"
            if zipkin_json.is_span(item):
                yield from _one(zipkin_json.span_of(item, place, left_out))
            else:
                yield from _spans(item, left_out, place, depth + 1)
        return
    if not isinstance(document, dict):
        found = f"a JSON {_json_type(document)} instead of an object"
        left_out.note(Unit.PART, found, at, document)
        return
    keys = document.keys()
    if not keys.isdisjoint(otlp_json.RESOURCES):
        yield from otlp_json.spans_of(document, left_out)
    elif isinstance(document.get("data"), list):
        yield from jaeger_json.spans_of(document, left_out)
        if said := error_said(document):
            left_out.note(Unit.PART, f"an error in addition to traces: {said}", at, document)
    elif "spans" in keys and ("traceID" in keys or "processes" in keys):
        yield from jaeger_json.spans_of({"data": [document]}, left_out)
    elif said := error_said(document):
        left_out.note(Unit.PART, f"a saved error answer without traces: {said}", at, document)
    elif document.get("result", "") in (None, {}, []):
        return  # Jaeger's answer if it finds nothing
    elif wrapped := [
        key for key in ("result", "data", "trace") if isinstance(document.get(key), dict | list)
    ]:
        if depth < _DEEPEST and document[wrapped[0]]:
            yield from _spans(document[wrapped[0]], left_out, at, depth + 1)
    elif console_json.is_span(document):
        yield from _one(console_json.span_of(document, left_out))
    elif zipkin_json.is_span(document):
        yield from _one(zipkin_json.span_of(document, at, left_out))
    elif not keys.isdisjoint(_OF_ENTRY):
        yield from otlp_json.spans_of({"resourceSpans": [document]}, left_out)
    elif "start" in keys and "trace_id" in keys and "span_id" in keys:
        left_out.note(Unit.PART, "a span in Datadog's format, which is not supported", at, document)
    elif "spans" in keys or otlp_json.respelled(document).keys() >= {"traceId", "spanId"}:
        scope = document if "spans" in keys else {"spans": [document]}
        yield from otlp_json.spans_of({"resourceSpans": [{"scopeSpans": [scope]}]}, left_out)
    elif document and keys.isdisjoint(_OTHER_SIGNALS):
        left_out.note(Unit.PART, _named(document), at, document)


def error_said(document: dict[str, Any]) -> str:
    """Return the error text of a saved answer; empty if the document is not an error."""
    errors = document.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else document.get("error")
    if error is None and isinstance(document.get("code"), int) and "message" in document:
        error = document
    if isinstance(error, dict):
        code = next(
            (error[key] for key in ("httpCode", "http_code", "code", "grpcCode") if error.get(key)), ""
        )
        text = error.get("message") or error.get("msg") or ""
        return " ".join(str(part) for part in (code, text) if part != "")[:200]
    return error[:200] if isinstance(error, str) else ""


def parsed(text: str | bytes) -> Any:
    """Parse one JSON value.

    Raises:
        json.JSONDecodeError: the text is not JSON, or has a number with more digits than Python reads.
    """
    try:
        return json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def concatenated(text: str) -> Iterator[Any]:
    """Parse JSON values with only white space, or nothing, between them, as sent by a streaming API.

    Raises:
        json.JSONDecodeError: a value is not JSON.
    """
    decoder = json.JSONDecoder()
    position, end = 0, len(text)
    while position < end:
        if text[position].isspace():
            position += 1
            continue
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            raise
        except ValueError as error:  # a number with more digits than Python reads
            raise json.JSONDecodeError(str(error), text, position) from None
        yield value


def _one(span: Span | None) -> list[Span]:
    return [] if span is None else [span]


def _named(document: dict[str, Any]) -> str:
    """Describe an object without spans at the known places."""
    keys = document.keys()
    listed = document.get("traces")
    if "SpanContext" in keys:
        return "spans of Go's stdouttrace exporter, which are not supported"
    if isinstance(listed, list):
        return "a list of traces without their spans, such as the answer of Tempo's search: save each trace"
    return "an object with " + ", ".join(repr(key) for key in list(document)[:3])


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
