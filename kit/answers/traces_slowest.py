"""The answer of `kit traces slowest`."""

from __future__ import annotations

from kit.answers.shape import Answer, listing, number, or_null, record, shared, text, whole

_EXPLANATION = {
    "kind": text("`queue_wait`: messages lay in the queue", ["span", "queue_wait"]),
    "service": text("whose"),
    "operation": text("the spans' name; of a wait the queue's"),
    "time_ns": whole("its exclusive time on the critical path, ns"),
    "share": number("of the path's time, 0 to 1"),
    "spans": whole("over how many spans"),
    "trace_id": text("of the one with most"),
    "span_id": text("of the one with most"),
}
_CALL = {
    "trace_id": text("32 hex digits"),
    "span_id": text("of the endpoint's span"),
    "service": text("whose"),
    "endpoint": text("as `kit traces endpoints` names it"),
    "start_time": text("RFC 3339"),
    "took_ns": whole("the call, or with --end-to-end the whole request, ns"),
    "explained_by": or_null(record("what took most; null when its path has no time", _EXPLANATION)),
    "link": or_null(text("into Jaeger's UI; null where none is known")),
}
_TRAIT = {
    "span": or_null(text("the span that has it; null for the endpoint's own")),
    "key": or_null(text("of an attribute; null where the span itself stands out")),
    "value": or_null(text("the attribute's value as text")),
    "slow": whole("slow calls that have it"),
    "others": whole("others that have it"),
    "slow_share": number("of the slow calls, 0 to 1"),
    "other_share": number("of the others, 0 to 1"),
    "p_corrected": number("how likely chance does as much, 0 to 1; Fisher's test, Bonferroni-corrected"),
}

ANSWERS = (
    Answer(
        "traces.slowest",
        "kit traces slowest",
        "The slowest calls of endpoints, and what explains each.",
        {
            "by": text("`request`: until the last consumer is done", ["endpoint", "request"]),
            "rule": text("of the critical path", ["jaeger", "queues"]),
            "slowest": listing("the slowest first", record("a call", _CALL)),
            "why": record(
                "with --why: what sets the slowest tenth apart",
                {
                    "slow": whole("calls among the slowest tenth"),
                    "others": whole("the other calls"),
                    "traits": listing("what stands out, the surest first", record("one of them", _TRAIT)),
                },
            ),
            "objectives": listing(
                "those of the command line, on the longest", shared("objective", "one of them")
            ),
            "coverage": shared("coverage", "what was read"),
        },
        optional=["why"],
    ),
)
