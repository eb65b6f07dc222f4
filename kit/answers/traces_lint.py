"""The answer of `kit traces lint`."""

from __future__ import annotations

from findings.rule import Severity
from kit.answers.shape import Answer, listing, number, or_null, record, shared, text, whole
from kit.answers.shapes import SHAPES

_DETAILS = {
    "service": text("whose requests"),
    "endpoint": text("the endpoint, the queue or the job that they enter by"),
    "subject": text("what it is about: a query, a key, an operation"),
    "requests": record(
        "how many",
        {
            "affected": whole("that show it"),
            "all": or_null(whole("of that endpoint; null where that is not known")),
        },
    ),
    "trace_ids": listing("evidence, the most costly first; a few of them", text("a trace's id")),
    "cost_ms_per_request": number("ms; 0 where it costs no time"),
    "cost_ms_per_hour": or_null(number("ms; null where the window has no length")),
    "fingerprint": text("the same for the same finding in other traces"),
}
_OF_SOME_RULES = {
    "rounds": whole("rounds of a loop with several calls each, in the worst request"),
    "calls": whole("calls in a row or in a loop, in the worst request"),
    "total_ms": number("that they took together, ms"),
    "saved_ms": number("that the request would be faster side by side, ms"),
    "attempts": whole("tries, in the worst request"),
    "caller_trace_id": text("the trace that the broken one should be part of"),
}
_FINDING = {
    **SHAPES["finding"]["properties"],
    "severity": text("error: it costs a request 100 ms or more, or a trace falls apart", Severity),
    "details": record("figures and evidence", _DETAILS | _OF_SOME_RULES, optional=_OF_SOME_RULES),
}

ANSWERS = (
    Answer(
        "traces.lint",
        "kit traces lint",
        "What traces show to be wrong, and what it costs.",
        {
            "coverage": shared("window", "what was read"),
            "findings": listing("the most costly first", record("a broken rule", _FINDING)),
        },
    ),
)
