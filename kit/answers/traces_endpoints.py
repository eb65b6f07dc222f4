"""The answer of `kit traces endpoints`."""

from __future__ import annotations

from analysis.model import SpanKind
from kit.answers.shape import Answer, by_key, listing, number, or_null, record, shared, text, whole

_ENDPOINT = {
    "service": text("whose"),
    "endpoint": text("method and route, else the span's name"),
    "kind": text("of its spans", SpanKind),
    "count": whole("calls"),
    "rate_per_s": or_null(number("calls a second; null where the window has no length")),
    "errors": whole("calls with status error"),
    "duration": shared("percentiles", "of the calls"),
    "self_ns": whole("mean time that no child span covers, ns"),
    "total_ns": whole("of all calls together, ns"),
    "impact": or_null(number("rate × mean time: calls that are in it at once, on average")),
    "impact_share": number("its part of all endpoints' time, 0 to 1"),
    "time_in": by_key("share of its time by `db`, `redis`, `http`, `queue`", number("0 to 1")),
    "queue_wait": or_null(shared("percentiles", "of the waits before it; null where it reads no queue")),
    "objectives": listing("on it", shared("objective", "one of them")),
}

ANSWERS = (
    Answer(
        "traces.endpoints",
        "kit traces endpoints",
        "Which endpoint costs most, by impact.",
        {
            "window_ns": whole("the time that rates are of, ns"),
            "percentile_method": text("how percentiles are computed"),
            "self_time_rule": text("what counts as a child's time", ["jaeger"]),
            "endpoints": listing("the one with the largest impact first", record("an endpoint", _ENDPOINT)),
            "objectives": listing(
                "all that were judged, those that no endpoint is there for too",
                shared("objective", "one of them"),
            ),
            "coverage": shared("coverage", "what was read"),
        },
    ),
)
