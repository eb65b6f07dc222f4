"""Which format a JSON document is in, judged by what is inside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.errors import FormatError
from analysis.sources import jaeger_json, otlp_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model import Span

EXPECTED = (
    'OTLP JSON ({"resourceSpans": …}), one such object on each line, '
    'or Jaeger\'s JSON download ({"data": [{"traceID": …'
)

_OTHER_SIGNALS = {"resourceMetrics": "metrics", "resourceLogs": "logs", "resourceProfiles": "profiles"}


def spans_of(document: Any) -> Iterator[Span]:
    """Decode the spans of a document in any known format: OTLP JSON, an answer of Jaeger's API, Jaeger's download.

    Metrics and logs, which a collector may write to the same file, hold no spans and are passed over.

    Raises:
        FormatError: the format is not known, or the document breaks it.
    """
    if not isinstance(document, dict):
        raise FormatError("", f"expected {EXPECTED}; found a JSON {_json_type(document)}")
    if "resourceSpans" in document:
        return otlp_json.spans_of(document)
    if "result" in document:
        return spans_of(document["result"] or {})
    if "data" in document:
        return jaeger_json.spans_of(document)
    if "traceID" in document and "spans" in document:
        return jaeger_json.spans_of({"data": [document]})
    if not document or document.keys() & _OTHER_SIGNALS.keys():
        return iter(())
    keys = ", ".join(repr(key) for key in list(document)[:3])
    raise FormatError("", f"expected {EXPECTED}; found an object with {keys}")


def concatenated(text: str) -> Iterator[Any]:
    """Parse JSON values that follow each other with nothing or white space between, as a streaming API sends them.

    Raises:
        json.JSONDecodeError: what follows is not JSON.
    """
    decoder = json.JSONDecoder()
    position, end = 0, len(text)
    while position < end:
        if text[position].isspace():
            position += 1
            continue
        value, position = decoder.raw_decode(text, position)
        yield value


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
