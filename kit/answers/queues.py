"""The answers of `kit queues`."""

from __future__ import annotations

from kit.answers.shape import Answer, by_key, flag, listing, number, or_null, record, text, whole

_CONSUMER = {
    "name": text("its own"),
    "pending": whole("entries that it has in hand"),
    "idle_s": number("since it last asked for any, s"),
}
_GROUP = {
    "name": text("of the consumer group"),
    "pending": whole("entries delivered to a consumer and not acknowledged"),
    "unread": whole("entries that no consumer has taken up"),
    "unread_exact": flag("whether they were counted; else the depth less what is pending"),
    "oldest_s": or_null(number("age of the oldest entry that is not done, s; null where it is not known")),
    "consumers": listing("its members", record("a consumer", _CONSUMER)),
}
_LETTER = {
    "id": text("of the dead letter"),
    "reason": text("why it was given up"),
    "error_type": text("may be empty"),
    "error_message": text("may be empty"),
    "entry_id": text("of the entry that it was"),
    "delivery_count": whole("how often it was tried"),
    "at": text("when it was given up"),
}
_STREAM = {
    "name": text("of the Redis stream"),
    "depth": whole("entries in it"),
    "oldest_s": or_null(number("age of the oldest entry, s; null where it is not known")),
    "groups": listing("those that read it", record("a consumer group", _GROUP)),
    "dead_letters": record(
        "what could not be done",
        {
            "stream": text("the stream that they are in"),
            "count": whole("dead letters"),
            "reasons": by_key("of the newest 1,000, by reason", whole("dead letters")),
            "newest": listing("newest first", record("a dead letter", _LETTER)),
        },
    ),
}

ANSWERS = (
    Answer(
        "queues",
        "kit queues",
        "Every stream and consumer group of Redis, as it is now.",
        {"streams": listing("by name", record("a stream", _STREAM))},
    ),
    Answer(
        "queues.requeue",
        "kit queues requeue STREAM",
        "The dead letters that are back on their stream.",
        {
            "requeued": listing(
                "in the order in which they were moved",
                record(
                    "a dead letter that is an entry again",
                    {
                        "stream": text("that it is on"),
                        "id": text("of the dead letter"),
                        "entry_id": text("its id now"),
                    },
                ),
            )
        },
    ),
)
