"""The two streams as Redis sees them: what waits, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kit.errors import MachineError

STREAMS = {"coupon.requests": "coupon-issuer", "coupon.issued": "coupon-notifier"}


@dataclass(frozen=True, slots=True)
class Queue:
    """One stream.

    Attributes:
        depth: entries in it; consumers remove what they have done.
        pending: of these, delivered to a consumer and not acknowledged.
        group: the consumer group.
    """

    stream: str
    group: str
    depth: int
    pending: int

    @property
    def unread(self) -> int:
        """Entries that no consumer has taken up."""
        return max(0, self.depth - self.pending)


def read_queues(port: int) -> list[Queue]:
    """Look at both streams.

    Raises:
        MachineError: Redis does not answer.
    """
    import redis

    client: Any = redis.Redis(host="127.0.0.1", port=port, socket_timeout=5, decode_responses=True)
    try:
        return [_queue(client, stream, group) for stream, group in STREAMS.items()]
    except redis.RedisError as error:
        raise MachineError(f"Redis does not answer: {error}", hint="kit logs redis") from None
    finally:
        client.close()


def _queue(client: Any, stream: str, group: str) -> Queue:
    import redis

    try:
        pending = int(client.xpending(stream, group)["pending"])
    except redis.ResponseError:
        # Neither stream nor group is there before the first consumer has started.
        pending = 0
    return Queue(stream, group, int(client.xlen(stream)), pending)
