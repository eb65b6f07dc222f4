"""The answers of `kit traces search` and `kit traces show`."""

from __future__ import annotations

from analysis.model import SpanKind, StatusCode
from kit.answers.shape import Answer, by_key, flag, listing, number, or_null, record, shared, text, whole

_TRACE = {
    "trace_id": text("32 hex digits"),
    "start_time": text("of its first span, RFC 3339"),
    "start_time_unix_nano": text("the same in ns since 1970, as text: a JSON number loses the last digits"),
    "duration_ns": whole("from the first start to the last end, ns"),
}
_LINK = {"trace_id": text("of the linked span"), "span_id": text("its id")}
_SPAN = {
    "trace_id": text("32 hex digits"),
    "span_id": text("16 hex digits"),
    "parent_span_id": or_null(text("null for a root")),
    "name": text("the span's name"),
    "kind": text("the span's kind", SpanKind),
    "service": text("`service.name` of its resource"),
    "start_time": text("RFC 3339"),
    "start_time_unix_nano": text("ns since 1970, as text"),
    "end_time_unix_nano": text("ns since 1970, as text"),
    "duration_ns": whole("ns"),
    "queue_wait_ms": or_null(number("how long its message lay in the queue, ms; null for other spans")),
    "status": record(
        "the span's status",
        {"code": text("OpenTelemetry's code", StatusCode), "message": text("may be empty")},
    ),
    "attributes": shared("attributes", "the span's own"),
    "resource": shared("attributes", "its resource's"),
    "scope": text("name of the instrumentation; may be empty"),
    "events": listing(
        "by time",
        record(
            "an event",
            {
                "time_unix_nano": text("ns since 1970, as text"),
                "name": text("the event's name"),
                "attributes": shared("attributes", "the event's"),
            },
        ),
    ),
    "links": listing(
        "to other spans", record("a link", _LINK | {"attributes": shared("attributes", "the link's")})
    ),
}

ANSWERS = (
    Answer(
        "traces.search",
        "kit traces search",
        "The traces that match, the newest first.",
        {
            "traces": listing(
                "those that are listed",
                record(
                    "a trace",
                    {
                        **_TRACE,
                        "spans": whole("spans"),
                        "errors": whole("spans with status error"),
                        "services": by_key("by service", whole("its spans")),
                        "root": record(
                            "its first span",
                            {
                                "service": text("whose"),
                                "name": text("its name"),
                                "missing": flag("whether the root is not there, and this is another span"),
                            },
                        ),
                    },
                ),
            ),
            "found": whole("traces that were found; more than are listed when `--limit` cut them"),
            "complete": flag("whether all that match were found"),
            "incomplete_services": listing(
                "those whose search stopped at Jaeger's limit", text("a service's name")
            ),
        },
    ),
    Answer(
        "traces.show",
        "kit traces show TRACE_ID",
        "One trace with all its spans, and the traces that it links to or that link to it.",
        {
            "trace_id": text("the one that was asked for"),
            "traces": listing(
                "it, then those that are linked",
                record(
                    "a trace",
                    {
                        **_TRACE,
                        "errors": whole("spans with status error"),
                        "services": by_key("by service", whole("its spans")),
                        "spans": listing("by start", record("a span", _SPAN)),
                    },
                ),
            ),
            "missing_linked": listing("linked to, but not there", text("a trace's id")),
            "complete": flag("whether all linked traces were looked for and are shown"),
        },
    ),
)
