"""Flame graph of critical paths: the time of all requests as a tree of calls.

A frame is an operation below the operations that called it, through queues. Its own time is exclusive time on the
critical paths. So all frames of an operation add up to its total in the table of the critical path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from analysis.columns.table import NOWHERE
from analysis.critical_path.totals import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.columns.table import Rows, SpanTable
    from analysis.critical_path.path import Path

Key: TypeAlias = tuple[str, str, bool]
"""Service, operation (for a wait, the queue), and whether it is a queue wait."""

DEEPEST = 40
"""Maximum depth; deeper calls are placed side by side at this depth."""

_LEAST_SHARE = 0.001
"""Minimum share of a drawn frame; a smaller one would be less than a pixel wide."""


@dataclass(slots=True)
class Frame:
    """One frame.

    Attributes:
        key: Operation or queue of the frame.
        depth: Number of frames above it.
        above: Frame of the caller; None at the top.
        own_ns: Exclusive time on the critical paths of all requests.
        total_ns: Own time and that of all frames below.
        below: Frames that it called.
    """

    key: Key
    depth: int = 0
    above: Frame | None = field(default=None, repr=False)
    own_ns: int = 0
    total_ns: int = 0
    below: dict[Key, Frame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A frame with its position: `left_ns` is its left edge, `above` its caller's index, -1 for none."""

    frame: Frame
    left_ns: int
    above: int


def flame_graph(table: SpanTable, paths: Iterable[Path], callers: Rows) -> Frame:
    """Merge critical paths into a tree of frames, and return its top.

    Args:
        table: The spans.
        paths: Critical paths by the rule `queues`.
        callers: Caller of each row, see `callers.callers_of`.
    """
    whole = Frame(("", "all requests", False))
    known: dict[int, Frame] = {}

    def frame_of(row: int) -> Frame:
        chain = []
        while row != NOWHERE and row not in known:
            chain.append(row)
            row = int(callers[row])
        frame = whole if row == NOWHERE else known[row]
        for one in reversed(chain):
            frame = known[one] = _below(whole, frame, key_of(table, one, False))
        return frame

    for path in paths:
        for row, time in path.exclusive_ns.items():
            frame_of(row).own_ns += time
        for row, time in path.wait_ns.items():
            caller = int(callers[row])
            frame = whole if caller == NOWHERE else frame_of(caller)
            _below(whole, frame, key_of(table, row, True)).own_ns += time
    for frame in reversed(_all(whole)):
        frame.total_ns = frame.own_ns + sum(one.total_ns for one in frame.below.values())
    return whole


def drawn(whole: Frame) -> list[Drawn]:
    """Return the frames with their positions, callers first; the largest frame below a caller is the leftmost."""
    answer = [Drawn(whole, 0, -1)]
    for position, one in enumerate(answer):  # grows while it is walked
        left = one.left_ns
        for frame in sorted(one.frame.below.values(), key=lambda it: (-it.total_ns, it.key)):
            if frame.total_ns > 0 and frame.total_ns >= _LEAST_SHARE * whole.total_ns:
                answer.append(Drawn(frame, left, position))
            left += frame.total_ns
    return answer


def _below(whole: Frame, frame: Frame, key: Key) -> Frame:
    if frame.key == key and frame is not whole:
        return frame  # a recursion is one frame
    if frame.depth >= DEEPEST and frame.above is not None:
        frame = frame.above
    return frame.below.setdefault(key, Frame(key, frame.depth + 1, frame))


def _all(whole: Frame) -> Sequence[Frame]:
    found = [whole]
    for frame in found:  # grows while it is walked
        found.extend(frame.below.values())
    return found
