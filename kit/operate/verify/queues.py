"""The two streams as Redis sees them: what waits, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.operate.queues.look import Stream

STREAMS = {"coupon.requests": "coupon-issuer", "coupon.issued": "coupon-notifier"}


@dataclass(frozen=True, slots=True)
class Queue:
    """One stream.

    Attributes:
        depth: entries in it; consumers remove what they have done.
        pending: of these, delivered to a consumer and not acknowledged.
        unread: of these, not taken up by any consumer.
        dead: entries that were given up.
        group: the consumer group.
    """

    stream: str
    group: str
    depth: int
    pending: int
    unread: int
    dead: int


def both(streams: Sequence[Stream]) -> list[Queue]:
    """The samples' two streams among all of a Redis."""
    found = {stream.name: stream for stream in streams}
    queues = []
    for name, group_name in STREAMS.items():
        if name in found:
            stream = found[name]
            group = next((group for group in stream.groups if group.name == group_name), None)
            pending, unread = (group.pending, group.unread) if group else (0, stream.depth)
            queues.append(Queue(name, group_name, stream.depth, pending, unread, stream.dead_letters.count))
    return queues
