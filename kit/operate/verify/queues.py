"""The two streams as Redis sees them: what waits, and for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kit.operate.native.home import Home
from kit.operate.queues.connection import address, connected
from kit.operate.queues.look import look

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


def read_queues(home: Home) -> list[Queue]:
    """Look at both streams.

    Raises:
        MachineError: Redis does not answer.
    """
    with connected(address("", home)) as client:
        return queues_of([asdict(stream) for stream in look(client)])


def queues_of(streams: Sequence[Mapping[str, Any]]) -> list[Queue]:
    """Both streams among those that `kit queues --output json` tells."""
    found = {stream["name"]: stream for stream in streams}
    queues = []
    for name, group_name in STREAMS.items():
        if name in found:
            stream = found[name]
            group = next((group for group in stream["groups"] if group["name"] == group_name), None)
            pending, unread = (group["pending"], group["unread"]) if group else (0, stream["depth"])
            dead = stream["dead_letters"]["count"]
            queues.append(Queue(name, group_name, stream["depth"], pending, unread, dead))
    return queues
