"""The answer of `kit traces queues`."""

from __future__ import annotations

from kit.answers.shape import Answer, by_key, listing, number, or_null, record, shared, text, whole

_QUEUE = {
    "queue": text("`messaging.destination.name`, else the span's name"),
    "group": or_null(text("the consumer group; null where spans name none")),
    "service": text("the consumer's"),
    "messages": whole("messages that were processed"),
    "errors": whole("of them with status error"),
    "wait": or_null(shared("percentiles", "of the time in the queue; null where it is not known")),
    "processing": shared("percentiles", "of the process spans"),
    "batch_mean": number("messages that were taken up together, mean over messages"),
    "redelivered": whole("deliveries that were not the first"),
    "dead": by_key("messages that were given up, by reason", whole("messages")),
    "sent": whole("messages that were sent; where nothing tells, that were taken up"),
    "arrival_rate_per_s": or_null(number("`sent` a second; null where the window has no length")),
    "service_rate_per_s": or_null(number("what the consumers seen can process a second")),
    "service_time_ns": whole("busy time of a consumer / messages, ns"),
    "utilisation": or_null(number("share of their time that consumers are busy; over 1: the queue grows")),
    "consumers": whole("consumers seen"),
    "consumers_needed": listing(
        "for 80 % utilisation, then for each objective on the wait",
        record(
            "one of them",
            {
                "for": text("what for"),
                "consumers": or_null(whole("how many; null when no number is enough")),
            },
        ),
    ),
    "backlog": or_null(
        record(
            "in Redis, now; null where no Redis was asked or has no such group",
            {"unread": whole("entries not taken up"), "pending": whole("entries in hand")},
        )
    ),
    "objectives": listing("on its wait", shared("objective", "one of them")),
}

ANSWERS = (
    Answer(
        "traces.queues",
        "kit traces queues",
        "Each queue and consumer group, the one whose messages waited longest in all first.",
        {
            "window_ns": whole("the time that rates are of, ns"),
            "percentile_method": text("how percentiles are computed"),
            "queues": listing("by waiting in all", record("a queue and a group", _QUEUE)),
            "objectives": listing(
                "all that were judged, those that no queue is there for too",
                shared("objective", "one of them"),
            ),
            "coverage": shared("coverage", "what was read"),
        },
    ),
)
