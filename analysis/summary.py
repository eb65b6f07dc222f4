"""One line about a trace, as a search lists it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.durations import format_duration
from analysis.moments import format_moment
from analysis.terminal_text import BOLD, RED, fitted, painted, printable, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model import Trace


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """What a search says of a trace.

    Attributes:
        services: the spans of each service, in the order the services first appear.
        root_service: the service of the trace's root.
        root_name: the name of the root; of the first span that has no parent there when the root is missing.
        has_root: whether the trace has a span without a parent.
        errors: how many spans have the status error.
    """

    trace_id: str
    start_ns: int
    duration_ns: int
    spans: int
    services: dict[str, int]
    root_service: str
    root_name: str
    has_root: bool
    errors: int


def summary_of(trace: Trace) -> TraceSummary:
    """Summarise a trace."""
    root = trace.root
    return TraceSummary(
        trace_id=trace.trace_id,
        start_ns=trace.start_ns,
        duration_ns=trace.duration_ns,
        spans=len(trace.spans),
        services=trace.services,
        root_service=root.service,
        root_name=root.name,
        has_root=bool(trace.roots),
        errors=trace.errors,
    )


_HEADS = ("start (UTC)", "trace id", "took", "spans", "errors", "services", "root")
_NUMBERS = {"took", "spans", "errors"}
_ROOT_LEAST = 12


def table(
    summaries: Sequence[TraceSummary], *, width: int | None, colour: bool = False, ascii_only: bool = False
) -> list[str]:
    """Lay summaries out as a table, one line for each under a line of heads.

    Args:
        summaries: in the order to list them.
        width: columns to fit into, at the cost of long names; None cuts nothing.
        colour: with ANSI colours.
        ascii_only: with ASCII characters only.
    """
    rows = [_cells(summary, ascii_only) for summary in summaries]
    widths = [max(width_of(cell) for cell in column) for column in zip(_HEADS, *rows, strict=True)]
    if width is not None:
        _narrow(widths, width)
    ellipsis = ".." if ascii_only else "…"
    lines = [painted(_line(_HEADS, widths, ellipsis), BOLD, colour)]
    for summary, row in zip(summaries, rows, strict=True):
        lines.append(painted(_line(row, widths, ellipsis), RED if summary.errors else "", colour))
    return lines


def _cells(summary: TraceSummary, ascii_only: bool) -> tuple[str, ...]:
    took = format_duration(summary.duration_ns)
    root = f"{summary.root_service}: {summary.root_name}"
    return (
        format_moment(summary.start_ns).removesuffix(" UTC"),
        summary.trace_id,
        took.replace("µ", "u") if ascii_only else took,
        f"{summary.spans:,}",
        f"{summary.errors:,}" if summary.errors else "-",
        printable(", ".join(summary.services), ascii_only=ascii_only),
        printable(root if summary.has_root else f"{root} (root missing)", ascii_only=ascii_only),
    )


def _narrow(widths: list[int], width: int) -> None:
    """Take what is too much from the services, then from the root; ids and numbers stay whole."""
    for column in (5, 6):
        excess = sum(widths) + 2 * (len(widths) - 1) - width
        widths[column] = max(min(_ROOT_LEAST, widths[column]), widths[column] - max(0, excess))


def _line(cells: Sequence[str], widths: Sequence[int], ellipsis: str) -> str:
    fit = [
        fitted(cell, width, right=head in _NUMBERS, ellipsis=ellipsis)
        for head, cell, width in zip(_HEADS, cells, widths, strict=True)
    ]
    return "  ".join(fit).rstrip()
