"""`kit queues`: read the current state of every stream and group of a Redis.

Redis 6.2 does not report the number of unread entries of a group: XINFO GROUPS has `lag` since 7.0,
and it may be empty. So the entries after the group's `last-delivered-id` are counted here, up to
`COUNTED`. Beyond that the number is the depth minus the pending entries. This is exact if one group
reads the stream and its consumers delete finished entries, as in the samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from sample_services.consumer_group import DEAD_SUFFIX

COUNTED = 10_000
_NEWEST = 5
# Number of newest dead letters whose reasons are counted.
_REASONS_OF = 1_000
# An id that its sender chose, such as 1-1, holds no time. Redis streams are newer than this time, in ms.
_EPOCH_MS = 1_500_000_000_000
COUNT_UNREAD = Path(__file__).with_name("count_unread.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer."""

    name: Annotated[str, "name of the consumer"]
    pending: Annotated[int, "entries delivered to it and not acknowledged"]
    idle_s: Annotated[float, "time since it last got or finished an entry, s (grows while there is none)"]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group."""

    name: Annotated[str, "name of the consumer group"]
    pending: Annotated[int, "entries delivered to a consumer and not acknowledged"]
    unread: Annotated[int, "entries that are not delivered to a consumer"]
    unread_exact: Annotated[bool, "whether `unread` was counted, else it is depth minus pending"]
    oldest_s: Annotated[float | None, "age of the oldest unfinished entry, s, or null if unknown"]
    consumers: Annotated[Sequence[Consumer], "consumers of the group"]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter."""

    id: Annotated[str, "id of the dead letter"]
    reason: Annotated[str, "why it was given up"]
    error_type: Annotated[str, "type of the error, or empty"]
    error_message: Annotated[str, "text of the error, or empty"]
    entry_id: Annotated[str, "id of the original entry"]
    delivery_count: Annotated[int, "number of deliveries"]
    at: Annotated[str, "time at which it was given up"]


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of a stream."""

    stream: Annotated[str, "stream that holds them"]
    count: Annotated[int, "dead letters"]
    reasons: Annotated[
        Mapping[str, Annotated[int, "dead letters"]], "the newest 1,000 dead letters, by reason"
    ]
    newest: Annotated[Sequence[DeadLetter], "the newest dead letters, newest first"]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream."""

    name: Annotated[str, "name of the Redis stream"]
    depth: Annotated[int, "entries in the stream"]
    oldest_s: Annotated[float | None, "age of the oldest entry, s, or null if unknown"]
    groups: Annotated[Sequence[Group], "consumer groups of the stream"]
    dead_letters: Annotated[DeadLetters, "dead letters of the stream"]


@dataclass(frozen=True, slots=True)
class QueuesAnswer:
    """Every stream and consumer group of Redis, as it is now."""

    KIND: ClassVar = "queues"

    streams: Annotated[Sequence[Stream], "streams, sorted by name"]


def stream_of(document: Mapping[str, Any]) -> Stream:
    """Parse a stream of the answer of `kit queues --output json`."""
    dead = document["dead_letters"]
    groups = [
        Group(**{**group, "consumers": [Consumer(**one) for one in group["consumers"]]})
        for group in document["groups"]
    ]
    letters = DeadLetters(**{**dead, "newest": [DeadLetter(**one) for one in dead["newest"]]})
    return Stream(**{**document, "groups": groups, "dead_letters": letters})


def look(redis: Any) -> list[Stream]:
    """Return all streams of a Redis, sorted by name."""
    return [_stream(redis, name, _now_ms(redis)) for name in stream_names(redis)]


def stream_names(redis: Any) -> list[str]:
    """Return the names of all streams except dead-letter streams, also if only dead letters are left."""
    keys = redis.scan_iter(count=10_000, _type="stream")
    return sorted({str(key).removesuffix(DEAD_SUFFIX) for key in keys})


def _now_ms(redis: Any) -> float:
    # Use the clock of Redis, which generates the ids.
    seconds, microseconds = redis.time()
    return float(seconds * 1000 + microseconds / 1000)


def _stream(redis: Any, name: str, now: float) -> Stream:
    there = redis.exists(name)
    depth = int(redis.xlen(name))
    groups = redis.xinfo_groups(name) if there else []
    return Stream(
        name=name,
        depth=depth,
        oldest_s=_age(redis.xrange(name, count=1), now),
        groups=[_group(redis, name, depth, group, now) for group in groups],
        dead_letters=_dead_letters(redis, name + DEAD_SUFFIX),
    )


def _group(redis: Any, stream: str, depth: int, group: Mapping[str, Any], now: float) -> Group:
    name, pending, last = str(group["name"]), int(group["pending"]), str(group["last-delivered-id"])
    unread = int(redis.eval(COUNT_UNREAD, 1, stream, last, COUNTED))
    exact = unread < COUNTED
    in_hand = redis.xpending_range(stream, name, "-", "+", 1)
    oldest = _age(
        [(in_hand[0]["message_id"],)] if in_hand else redis.xrange(stream, f"({last}", count=1), now
    )
    return Group(
        name=name,
        pending=pending,
        unread=unread if exact else max(unread, depth - pending),
        unread_exact=exact,
        oldest_s=oldest,
        consumers=[
            Consumer(str(it["name"]), int(it["pending"]), it["idle"] / 1000)
            for it in redis.xinfo_consumers(stream, name)
        ],
    )


def _dead_letters(redis: Any, stream: str) -> DeadLetters:
    newest = redis.xrevrange(stream, count=_REASONS_OF)
    reasons = Counter(fields.get("dead.reason", "unknown") for _, fields in newest)
    return DeadLetters(
        stream,
        int(redis.xlen(stream)),
        dict(reasons.most_common()),
        [_letter(*it) for it in newest[:_NEWEST]],
    )


def _letter(letter_id: str, fields: Mapping[str, str]) -> DeadLetter:
    count = fields.get("dead.delivery_count", "")
    return DeadLetter(
        id=letter_id,
        reason=fields.get("dead.reason", "unknown"),
        error_type=fields.get("dead.error.type", ""),
        error_message=fields.get("dead.error.message", ""),
        entry_id=fields.get("dead.entry_id", ""),
        delivery_count=int(count) if count.isdecimal() else 0,
        at=fields.get("dead.at", ""),
    )


def _age(entries: Sequence[Sequence[Any]], now: float) -> float | None:
    if not entries:
        return None
    created = int(str(entries[0][0]).partition("-")[0])
    return None if created < _EPOCH_MS else max(0.0, now - created) / 1000
