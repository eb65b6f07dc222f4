"""Streams and their consumer groups, as XINFO reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group of a stream.

    Attributes:
        name: Name of the group.
        consumers: Number of its consumers.
        pending: Entries delivered and not acknowledged.
        delivered: Id of the entry that was delivered last.
        lag: Entries that are not delivered yet; None if Redis does not report it.
    """

    name: str
    consumers: int
    pending: int
    delivered: str
    lag: int | None

    def with_lag(self, counted: int, limit: int, length: int) -> Group:
        """Return the group with its lag.

        Args:
            counted: entries after the last delivered one, counted up to the limit.
            limit: the limit; beyond it the lag is the stream's length without the pending entries.
            length: the stream's length.
        """
        return replace(self, lag=counted if counted < limit else max(counted, length - self.pending))


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that exists.

    Attributes:
        name: Name of the stream.
        length: Number of entries.
        first: Id of the oldest entry; empty if there is none.
        last: Id of the newest entry that it ever had.
        groups: Its consumer groups.
    """

    name: str
    length: int
    first: str
    last: str
    groups: tuple[Group, ...]


def stream_of(name: str, about: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> Stream:
    """Return a stream from the answers to XINFO STREAM and XINFO GROUPS."""
    oldest, last = about["first-entry"], str(about["last-generated-id"])
    return Stream(
        name,
        int(about["length"]),
        str(oldest[0]) if oldest else "",
        last,
        tuple(_group(group, last) for group in groups),
    )


def _group(told: Mapping[str, Any], last: str) -> Group:
    delivered, lag = str(told["last-delivered-id"]), told.get("lag")
    if lag is None and delivered == last:
        lag = 0
    return Group(
        str(told["name"]),
        int(told["consumers"]),
        int(told["pending"]),
        delivered,
        None if lag is None else int(lag),
    )
