"""One line about a trace, as a search lists it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from analysis.coverage import SpansRead
from analysis.durations import format_duration
from analysis.moments import format_moment, rfc3339
from analysis.terminal_text import BOLD, RED, fitted, painted, printable, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model import Trace


@dataclass(frozen=True, slots=True)
class RootSpan:
    """A trace's first span."""

    service: Annotated[str, "whose"]
    name: Annotated[str, "its name"]
    missing: Annotated[bool, "whether the root is not there, and this is another span"]


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A trace."""

    trace_id: Annotated[str, "32 hex digits"]
    start_time: Annotated[str, "of its first span, RFC 3339"]
    start_time_unix_nano: Annotated[
        str, "the same in ns since 1970, as text: a JSON number loses the last digits"
    ]
    duration_ns: Annotated[
        int | None, "from the first start to the last known end, ns; null where no end is known"
    ]
    spans: Annotated[int, "spans"]
    unfinished: Annotated[int, "spans among them without a known end"]
    errors: Annotated[int, "spans with status error"]
    services: Annotated[dict[str, Annotated[int, "its spans"]], "by service"]
    root: Annotated[RootSpan, "its first span"]

    @property
    def start_ns(self) -> int:
        """Start of its first span, ns since 1970."""
        return int(self.start_time_unix_nano)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The traces that match, the newest first."""

    KIND: ClassVar = "traces.search"

    traces: Annotated[list[TraceSummary], "those that are listed"]
    found: Annotated[int, "traces that were found; more than are listed when `--limit` cut them"]
    complete: Annotated[bool, "whether all that match were found"]
    incomplete_services: Annotated[
        list[Annotated[str, "a service's name"]], "those whose search stopped at Jaeger's limit"
    ]
    coverage: Annotated[SpansRead, "what was read"]


def summary_of(trace: Trace) -> TraceSummary:
    """Summarise a trace."""
    root = trace.root
    return TraceSummary(
        trace_id=trace.trace_id,
        start_time=rfc3339(trace.start_ns),
        start_time_unix_nano=str(trace.start_ns),
        duration_ns=trace.known_duration_ns,
        spans=len(trace.spans),
        unfinished=trace.unfinished,
        errors=trace.errors,
        services=trace.services,
        root=RootSpan(root.service, root.name, missing=not trace.roots),
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
    took = "?" if summary.duration_ns is None else format_duration(summary.duration_ns)
    if summary.unfinished and summary.duration_ns is not None:
        took = f"{'>=' if ascii_only else '≥'} {took}"
    root = f"{summary.root.service}: {summary.root.name}"
    return (
        format_moment(summary.start_ns).removesuffix(" UTC"),
        summary.trace_id,
        took.replace("µ", "u") if ascii_only else took,
        f"{summary.spans:,}",
        f"{summary.errors:,}" if summary.errors else "-",
        printable(", ".join(summary.services), ascii_only=ascii_only),
        printable(f"{root} (root missing)" if summary.root.missing else root, ascii_only=ascii_only),
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
