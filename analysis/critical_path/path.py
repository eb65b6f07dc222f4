"""The critical path of a request, as all rules return it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PathRule(StrEnum):
    """Rule that finds the critical path.

    `queues`: Jaeger's rule, extended through queues: a request ends when its last consumer is done.
    `jaeger`: The path that Jaeger's UI shows, to the microsecond: each root alone, without consumers of a producer.
    `crisp`: The path of Uber's CRISP: children that happen one before the other, with 1 % overlap allowed.
    """

    QUEUES = "queues"
    JAEGER = "jaeger"
    CRISP = "crisp"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the path, from `start_ns` to `end_ns`: the work of one span, or a queue wait.

    Attributes:
        row: Row of the span; for a queue wait, of the consumer's span after it.
        is_wait: Whether it is a queue wait.
    """

    row: int
    start_ns: int
    end_ns: int
    is_wait: bool = False

    @property
    def duration_ns(self) -> int:
        """Duration of the section."""
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Path:
    """The critical path of one request.

    Attributes:
        root: Row of the request's first span.
        sections: Sections, the last first; without gaps by the rules `queues` and `jaeger`.
        exclusive_ns: Time on the path by row, without queue waits.
        wait_ns: Queue wait on the path by the consumer's row.
    """

    root: int
    sections: list[Section]
    exclusive_ns: dict[int, int]
    wait_ns: dict[int, int]

    @property
    def total_ns(self) -> int:
        """Total time on the path."""
        return sum(self.exclusive_ns.values()) + sum(self.wait_ns.values())


def path_of(root: int, sections: list[Section]) -> Path:
    """Build a path whose exclusive times are the sums of its sections."""
    exclusive: dict[int, int] = {}
    wait: dict[int, int] = {}
    for section in sections:
        times = wait if section.is_wait else exclusive
        times[section.row] = times.get(section.row, 0) + section.duration_ns
    return Path(root, sections, exclusive, wait)
