"""Limits that follow from a component's memory."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Size

# A span as protobuf with its attributes, and the same decoded in a Go heap, rounded up.
STORED_SPAN_BYTES = 1024
HELD_SPAN_BYTES = 4096
# What a sender may hand over at once: half of the largest row that the native Cassandra takes (ScyllaDB: 32 MiB),
# because one span may fill it.
LARGEST_REQUEST = Size(8 << 20)


@dataclass(frozen=True, slots=True)
class GoMemory:
    """One number for a Go program, and what is derived from it.

    Attributes:
        limit: the container's limit.
        soft: GOMEMLIMIT, 80 % of it: the collector runs harder before the kernel kills.
        refuse: the memory limiter's hard limit, 75 %: above it data is refused, and senders wait.
        spike: below `refuse` by this much, 20 % of it, refusing begins.
    """

    limit: Size

    @property
    def soft(self) -> Size:
        """GOMEMLIMIT."""
        return self.limit.share(80)

    @property
    def refuse(self) -> Size:
        """The limiter's `limit_mib`."""
        return self.limit.share(75)

    @property
    def spike(self) -> Size:
        """The limiter's `spike_limit_mib`."""
        return self.refuse.share(20)


def queued_spans(size: Size) -> int:
    """How many spans a queue on disk of this size holds, at 1 KiB a span."""
    return size.bytes // STORED_SPAN_BYTES


def held_spans(memory: Size) -> int:
    """How many spans may wait in memory: a quarter of the limit, at 4 KiB a span in Go's heap."""
    return memory.share(25).bytes // HELD_SPAN_BYTES
