"""The samples' two streams in Redis: waiting entries and their consumer groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from kit.operate.queues.look import Stream

STREAMS = {"coupon.requests": "coupon-issuer", "coupon.issued": "coupon-notifier"}


@dataclass(frozen=True, slots=True)
class Queue:
    """A stream, as Redis shows it."""

    stream: Annotated[str, "name of the Redis stream"]
    group: Annotated[str, "the consumer group"]
    depth: Annotated[int, "entries in the stream"]
    pending: Annotated[int, "entries that are delivered and not acknowledged"]
    unread: Annotated[int, "entries that are not delivered yet"]
    dead: Annotated[int, "entries that were given up"]


def both(streams: Sequence[Stream]) -> list[Queue]:
    """Return the samples' two streams from all streams of a Redis."""
    found = {stream.name: stream for stream in streams}
    queues = []
    for name, group_name in STREAMS.items():
        if name in found:
            stream = found[name]
            group = next((group for group in stream.groups if group.name == group_name), None)
            pending, unread = (group.pending, group.unread) if group else (0, stream.depth)
            queues.append(Queue(name, group_name, stream.depth, pending, unread, stream.dead_letters.count))
    return queues
