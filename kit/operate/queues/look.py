"""`kit queues`: every stream and group of a Redis as it is now.

How many entries a group has not read is not kept by Redis 6.2 (XINFO GROUPS has no `lag` before 7.0,
and where it has one it may be empty). It is counted here: the entries after the group's
`last-delivered-id`, up to `COUNTED`. Beyond that it is the depth less what is pending, which is exact
where one group reads a stream and its consumers delete what they have done, as those of the samples do.
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
# Reasons are told of so many of the newest.
_REASONS_OF = 1_000
# An id that its sender chose (as 1-1) says nothing of time: Redis streams are younger than this, in ms.
_EPOCH_MS = 1_500_000_000_000
_COUNT_UNREAD = Path(__file__).with_name("count_unread.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer."""

    name: Annotated[str, "its own"]
    pending: Annotated[int, "entries that it has in hand"]
    idle_s: Annotated[float, "since it last got an entry or finished one, s; grows while there is none"]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group."""

    name: Annotated[str, "of the consumer group"]
    pending: Annotated[int, "entries delivered to a consumer and not acknowledged"]
    unread: Annotated[int, "entries that no consumer has taken up"]
    unread_exact: Annotated[bool, "whether they were counted; else the depth less what is pending"]
    oldest_s: Annotated[
        float | None, "age of the oldest entry that is not done, s; null where it is not known"
    ]
    consumers: Annotated[Sequence[Consumer], "its members"]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter."""

    id: Annotated[str, "of the dead letter"]
    reason: Annotated[str, "why it was given up"]
    error_type: Annotated[str, "may be empty"]
    error_message: Annotated[str, "may be empty"]
    entry_id: Annotated[str, "of the entry that it was"]
    delivery_count: Annotated[int, "how often it was tried"]
    at: Annotated[str, "when it was given up"]


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """What could not be done."""

    stream: Annotated[str, "the stream that they are in"]
    count: Annotated[int, "dead letters"]
    reasons: Annotated[Mapping[str, Annotated[int, "dead letters"]], "of the newest 1,000, by reason"]
    newest: Annotated[Sequence[DeadLetter], "newest first"]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream."""

    name: Annotated[str, "of the Redis stream"]
    depth: Annotated[int, "entries in it"]
    oldest_s: Annotated[float | None, "age of the oldest entry, s; null where it is not known"]
    groups: Annotated[Sequence[Group], "those that read it"]
    dead_letters: Annotated[DeadLetters, "what could not be done"]


@dataclass(frozen=True, slots=True)
class QueuesAnswer:
    """Every stream and consumer group of Redis, as it is now."""

    KIND: ClassVar = "queues"

    streams: Annotated[Sequence[Stream], "by name"]


def stream_of(document: Mapping[str, Any]) -> Stream:
    """A stream of the answer of `kit queues --output json`."""
    dead = document["dead_letters"]
    groups = [
        Group(**{**group, "consumers": [Consumer(**one) for one in group["consumers"]]})
        for group in document["groups"]
    ]
    letters = DeadLetters(**{**dead, "newest": [DeadLetter(**one) for one in dead["newest"]]})
    return Stream(**{**document, "groups": groups, "dead_letters": letters})


def look(redis: Any) -> list[Stream]:
    """Look at all streams of a Redis, by name."""
    return [_stream(redis, name, _now_ms(redis)) for name in stream_names(redis)]


def stream_names(redis: Any) -> list[str]:
    """All streams but those of dead letters; one is named also when only its dead letters are left."""
    keys = redis.scan_iter(count=10_000, _type="stream")
    return sorted({str(key).removesuffix(DEAD_SUFFIX) for key in keys})


def _now_ms(redis: Any) -> float:
    # By the clock that made the ids.
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
    unread = int(redis.eval(_COUNT_UNREAD, 1, stream, last, COUNTED))
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
