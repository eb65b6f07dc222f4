"""Limits derived from a component's memory."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Size

# Size of a span with its attributes, rounded up: as protobuf, and decoded in a Go heap.
STORED_SPAN_BYTES = 1024
HELD_SPAN_BYTES = 4096
# Largest request of a sender: half of the largest row in the native Cassandra (ScyllaDB: 32 MiB), because a single
# span may fill the request.
LARGEST_REQUEST = Size(8 << 20)


@dataclass(frozen=True, slots=True)
class GoMemory:
    """The memory limit of a Go program, and the limits derived from it.

    Attributes:
        limit: Memory limit of the container.
        soft: GOMEMLIMIT, 80 % of `limit`: near it, garbage is collected more often, before the kernel kills.
        refuse: Hard limit of the memory limiter, 75 % of `limit`.
        spike: Distance below `refuse`, 20 % of it, at which data begins to be refused; senders then wait.
    """

    limit: Size

    @property
    def soft(self) -> Size:
        """Value of GOMEMLIMIT."""
        return self.limit.share(80)

    @property
    def refuse(self) -> Size:
        """Value of the memory limiter's `limit_mib`."""
        return self.limit.share(75)

    @property
    def spike(self) -> Size:
        """Value of the memory limiter's `spike_limit_mib`."""
        return self.refuse.share(20)


def go_memory_limit(limit: Size) -> str:
    """Return GOMEMLIMIT of a Go program without a memory limiter: 85 % of its container's limit.

    Go returns memory to the system late, and the container is killed at its limit.
    """
    return f"{limit.share(85).mib}MiB"


def queued_spans(size: Size) -> int:
    """Return the number of spans that a queue on disk of this size holds, at 1 KiB per span."""
    return size.bytes // STORED_SPAN_BYTES


def held_spans(memory: Size) -> int:
    """Return the number of spans that may wait in memory: a quarter of the limit, at 4 KiB per span in Go's heap."""
    return memory.share(25).bytes // HELD_SPAN_BYTES
