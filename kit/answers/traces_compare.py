"""The answers of `kit traces snapshot` and `kit traces compare`."""

from __future__ import annotations

from kit.answers.shape import (
    Answer,
    Schema,
    flag,
    listing,
    number,
    or_null,
    record,
    shared,
    text,
    whole,
)
from kit.answers.shapes import OF_A_SEARCH

_VERDICTS = ("faster", "slower", "no change", "not enough data")
_ERRORS = ("more errors", "fewer errors", "no change")
_KEY = {
    "subject": text("what it is about", ("endpoint", "queue wait", "queue processing", "operation")),
    "service": text("whose"),
    "name": text("the endpoint's, the queue's or the span's"),
}
_NAMED = {"service": text("whose"), "name": text("its name")}

_MANIFEST = {
    "kind": text("of the file manifest.json", ["traces.snapshot"]),
    "version": whole("of the file manifest.json"),
    "name": text("the snapshot's"),
    "taken_at": text("when, ISO 8601"),
    "window": record(
        "that its traces fill",
        {
            "start_unix_nano": text("ns since 1970, as text"),
            "end_unix_nano": text("ns since 1970, as text"),
        },
    ),
    "filters": record(
        "what was asked for",
        {
            "service": or_null(text("--service")),
            "operation": or_null(text("--operation")),
            "attributes": listing("--attribute", text("KEY=VALUE")),
        },
    ),
    "git": or_null(
        record(
            "the commit that is checked out; null without one",
            {"commit": text("its hash"), "changed": or_null(flag("whether files differ from it"))},
        )
    ),
    "coverage": shared("window", "what was read"),
    "traces": whole("traces that are kept"),
    "spans": whole("spans that are kept"),
}


def _sides(about: str, side: Schema) -> Schema:
    return record(about, {"before": side, "after": side})


_COMPARISON = {
    **_KEY,
    "verdict": text("on the latency", _VERDICTS),
    "errors": text("on the share of failures", _ERRORS),
    "count": _sides("values", whole("how many")),
    "effective_count": _sides("independent values that they are worth", number("how many")),
    "p50_ms": shared("figure", "the median, ms"),
    "p95_ms": shared("figure", "ms"),
    "p99_ms": shared("figure", "ms"),
    "error_rate": shared("figure", "share of failures, 0 to 1"),
    "request_rate": shared("figure", "a second"),
    "probability_larger": number("that a value of B is larger than one of A, 0 to 1"),
    "p": record(
        "how likely chance does as much, 0 to 1, corrected for the number of comparisons",
        {
            "rank": number("of the rank test; 1 where it was not asked"),
            "tail": or_null(number("of the 95th percentile's test; null where the tail holds too few")),
            "errors": number("of Fisher's test of the failures"),
        },
    ),
}
_SHAPE = {
    "change": text("what changed", ("added", "gone", "calls", "self time")),
    "entry": record("what the requests enter by", _NAMED),
    "operation": record("whose calls or time", _NAMED),
    "unit": text("of `before` and `after`", ("ms per request", "calls per request")),
    "before": number("in A"),
    "after": number("in B"),
    "p": number("how likely chance does as much, 0 to 1, corrected"),
}
_SIDE = record(
    "what was read",
    {
        "name": text("as it was given: a snapshot, a file or a range of time"),
        "source": text("the file, the Jaeger or the snapshot"),
        "since": text("from when on, RFC 3339"),
        "until": text("until when, RFC 3339"),
        "traces": whole("traces"),
        "complete": flag("whether all of the window was read"),
        **OF_A_SEARCH,
    },
    optional=OF_A_SEARCH,
)

ANSWERS = (
    Answer(
        "traces.snapshot",
        "kit traces snapshot NAME",
        "What was kept, and where.",
        {"folder": text("path"), "snapshot": record("its manifest.json", _MANIFEST)},
    ),
    Answer(
        "traces.compare",
        "kit traces compare A B",
        "What became of endpoints, queues and operations from A (before) to B (after).",
        {
            "windows": _sides("what was compared", _SIDE),
            "verdict": text("on all endpoints and queues", _VERDICTS),
            "errors": text("whether any of their error rates changed", _ERRORS),
            "traces": _sides("traces", whole("how many")),
            "threshold": record(
                "what is too small to matter",
                {
                    "milliseconds": number("of a percentile, ms"),
                    "percent": number("of a percentile, percent"),
                    "error_points": number("of the error rate, percentage points"),
                },
            ),
            "comparisons": listing(
                "of endpoints and queues: they decide", record("one of them", _COMPARISON)
            ),
            "operations": listing("of span names: they explain", record("one of them", _COMPARISON)),
            "only_before": listing("endpoints and queues that only A has", record("one of them", _KEY)),
            "only_after": listing("those that only B has", record("one of them", _KEY)),
            "shape": listing(
                "what changed in what is called, how often and for how long", record("a change", _SHAPE)
            ),
        },
    ),
)
