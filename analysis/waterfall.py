"""Draw a line of a waterfall: a span's time and the queue wait before it, on a scale shared by all lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Strokes:
    """The characters of a bar: a column's left half, right half and whole, and the wait before the bar."""

    left: str
    right: str
    whole: str
    waiting: str


UNICODE = Strokes("▌", "▐", "█", "░")
ASCII = Strokes("#", "#", "#", ".")


@dataclass(frozen=True, slots=True)
class Scale:
    """The time scale of a waterfall.

    Attributes:
        start_ns: Time at the left edge.
        end_ns: Time at the right edge, not before the left one.
        columns: Number of columns.
    """

    start_ns: int
    end_ns: int
    columns: int

    def half(self, time_ns: int) -> int:
        """Return the half column of a time, from 0 to 2 × columns - 1."""
        halves = 2 * self.columns
        span_ns = max(1, self.end_ns - self.start_ns)
        return min(max((time_ns - self.start_ns) * halves // span_ns, 0), halves - 1)


def bar(
    scale: Scale, start_ns: int, end_ns: int, waiting_since_ns: int | None, strokes: Strokes
) -> tuple[str, str, str]:
    """Draw one line.

    Args:
        scale: the shared scale.
        start_ns: start of the span.
        end_ns: end of the span; the bar has at least half a column.
        waiting_since_ns: time when its message was enqueued; None draws no wait.
        strokes: the characters.

    Returns:
        Blanks before the wait, the wait, and the bar with blanks after it; together as wide as the scale.
    """
    first, last = scale.half(start_ns), max(scale.half(start_ns), scale.half(max(start_ns, end_ns - 1)))
    start_column, end_column = first // 2, last // 2
    drawn = ""
    for column in range(start_column, end_column + 1):
        has_left, has_right = first <= 2 * column, last >= 2 * column + 1
        drawn += strokes.whole if has_left and has_right else strokes.left if has_left else strokes.right
    wait_column = start_column
    if waiting_since_ns is not None and waiting_since_ns < start_ns:
        wait_column = min(start_column, scale.half(waiting_since_ns) // 2)
    wait = strokes.waiting * (start_column - wait_column)
    return " " * wait_column, wait, drawn + " " * (scale.columns - end_column - 1)
