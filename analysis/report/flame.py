"""Critical paths as a flame graph: the time of all requests by who called whom.

A frame is an operation below the operations that called it, through the queues. Its own time is exclusive time on the
critical paths, so the frames of an operation have together what the table of the critical path says of it.
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
"""Service, operation (of a wait the queue), and whether it is a queue wait."""

DEEPEST = 40
"""What is called from deeper stands side by side at this depth."""

_LEAST_SHARE = 0.001
"""Frames narrower than a thousandth are not drawn: they would be less than a pixel wide."""


@dataclass(slots=True)
class Frame:
    """One frame.

    Attributes:
        key: what it is.
        depth: frames above it.
        above: the one that called it; None for the whole.
        own_ns: exclusive time on the critical paths, all requests together.
        total_ns: with that of the frames below it.
        below: what it called.
    """

    key: Key
    depth: int = 0
    above: Frame | None = field(default=None, repr=False)
    own_ns: int = 0
    total_ns: int = 0
    below: dict[Key, Frame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A frame in its place: `left_ns` and its total are its extent, `above` its caller's position, -1 for none."""

    frame: Frame
    left_ns: int
    above: int


def flame_graph(table: SpanTable, paths: Iterable[Path], callers: Rows) -> Frame:
    """Merge critical paths; the frame returned stands for all of them.

    Args:
        table: the spans.
        paths: by the rule `queues`.
        callers: see `callers.callers_of`.
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
    """The frames with their places, callers first; the largest of a caller is the leftmost."""
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
