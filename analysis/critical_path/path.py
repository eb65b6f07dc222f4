"""What a rule answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PathRule(StrEnum):
    """How the critical path is found.

    `queues`: Jaeger's rule, extended through the queue: a request ends when its last consumer is done.
    `jaeger`: what Jaeger's UI shows, to the microsecond: each root alone, consumers of a producer left out.
    `crisp`: what Uber's CRISP defines: children that happen one before the other, 1 % of overlap allowed.
    """

    QUEUES = "queues"
    JAEGER = "jaeger"
    CRISP = "crisp"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the path, from `start_ns` to `end_ns`, that one span's own work explains.

    Attributes:
        row: the span; for a queue wait the consumer's that came after it.
        is_wait: the message lay in its queue.
    """

    row: int
    start_ns: int
    end_ns: int
    is_wait: bool = False

    @property
    def duration_ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Path:
    """The critical path of one request.

    Attributes:
        root: the row the request begins with.
        sections: the last first, as the rule finds them; without holes by the rules `queues` and `jaeger`.
        exclusive_ns: time on the path by row, without queue waits.
        wait_ns: queue wait on the path by the consumer's row.
    """

    root: int
    sections: list[Section]
    exclusive_ns: dict[int, int]
    wait_ns: dict[int, int]

    @property
    def total_ns(self) -> int:
        """All of its time."""
        return sum(self.exclusive_ns.values()) + sum(self.wait_ns.values())


def path_of(root: int, sections: list[Section]) -> Path:
    """A path whose exclusive times are those of its sections."""
    exclusive: dict[int, int] = {}
    wait: dict[int, int] = {}
    for section in sections:
        times = wait if section.is_wait else exclusive
        times[section.row] = times.get(section.row, 0) + section.duration_ns
    return Path(root, sections, exclusive, wait)
