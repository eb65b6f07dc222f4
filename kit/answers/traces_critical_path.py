"""The answers of `kit traces critical-path`: of many requests, and of one trace."""

from __future__ import annotations

from analysis.critical_path.path import Rule
from kit.answers.shape import Answer, by_key, listing, number, record, shared, text, whole

_KIND = text("`queue_wait`: messages lay in the queue", ["span", "queue_wait"])
_PART = {
    "kind": _KIND,
    "service": text("of the span; of a wait the consumer's"),
    "operation": text("the span's name; of a wait the queue's"),
    "total_ns": whole("its exclusive time on all paths, ns"),
    "share": number("of all paths' time, 0 to 1"),
    "requests": whole("requests on whose path it is"),
    "mean_per_request_ns": whole("`total_ns` / all requests, ns"),
    "worst_ns": whole("the most it has of one request, ns"),
    "worst_trace_id": text("a trace of that request"),
}
_SECTION = {
    "kind": _KIND,
    "trace_id": text("of the span; of a wait the consumer's"),
    "span_id": text("of the span; of a wait the consumer's"),
    "service": text("whose"),
    "name": text("the span's"),
    "start_unix_nano": text("ns since 1970, as text"),
    "duration_ns": whole("ns"),
}
_RULE = text("how the path is found", Rule)
_MISSING = whole("links to spans that were not read")

ANSWERS = (
    Answer(
        "traces.critical_path",
        "kit traces critical-path",
        "Where the time of requests goes, along the spans that the end had to wait for.",
        {
            "rule": _RULE,
            "requests": whole("requests that are added up"),
            "total_ns": whole("of all their paths, ns"),
            "parts": listing("the largest first", record("an operation or a queue", _PART)),
            "missing_links": _MISSING,
            "objectives": listing("those of the command line", shared("objective", "one of them")),
            "coverage": shared("coverage", "what was read"),
        },
    ),
    Answer(
        "traces.critical_path.trace",
        "kit traces critical-path TRACE_ID",
        "The critical path of one trace, section by section.",
        {
            "rule": _RULE,
            "trace_id": text("as it was asked for"),
            "paths": listing(
                "one for each request, or root, of the trace",
                record(
                    "a path",
                    {
                        "root": record(
                            "the span that it begins with",
                            {"trace_id": text("32 hex digits"), "span_id": text("16 hex digits")},
                        ),
                        "total_ns": whole("of the path, ns"),
                        "sections": listing("in time", record("a stretch of the path", _SECTION)),
                        "exclusive_ns": by_key(
                            "time on the path by span id, without queue waits", whole("ns")
                        ),
                    },
                ),
            ),
            "missing_links": _MISSING,
        },
    ),
)
