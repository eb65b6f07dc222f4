"""Summaries of traces, one line each, for the list of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from analysis.coverage import SpansRead
from analysis.durations import format_duration
from analysis.moments import format_moment, rfc3339
from analysis.text_table import columns_within, text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model import Trace


@dataclass(frozen=True, slots=True)
class RootSpan:
    """The span that represents a trace."""

    service: Annotated[str, "service of the span"]
    name: Annotated[str, "name of the span"]
    missing: Annotated[bool, "whether the root is missing and this is another span"]


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A trace in a list."""

    trace_id: Annotated[str, "32 hex digits"]
    start_time: Annotated[str, "start of its first span, RFC 3339"]
    start_time_unix_nano: Annotated[
        str, "the start in ns since 1970, as text: a JSON number loses the last digits"
    ]
    duration_ns: Annotated[
        int | None, "from the first start to the last known end, ns, or null if no end is known"
    ]
    spans: Annotated[int, "number of spans"]
    unfinished: Annotated[int, "spans without a known end"]
    errors: Annotated[int, "spans with status error"]
    services: Annotated[dict[str, Annotated[int, "spans of the service"]], "number of spans by service"]
    root: Annotated[RootSpan, "the root, or the first span if the root is missing"]

    @property
    def start_ns(self) -> int:
        """Start of the first span, ns since 1970."""
        return int(self.start_time_unix_nano)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The matching traces, newest first."""

    KIND: ClassVar = "traces.search"

    traces: Annotated[list[TraceSummary], "the listed traces"]
    found: Annotated[int, "number of traces found; larger than the list if `--limit` cut it"]
    complete: Annotated[bool, "whether all matching traces were found"]
    incomplete_services: Annotated[
        list[Annotated[str, "name of a service"]], "services whose search stopped at Jaeger's limit"
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
_WHOLE = (0, 1)
# Columns left out on a narrow terminal, in this order. Id, time and root stay: they identify the trace.
_SPARED = (3, 5, 4)


def table(
    summaries: Sequence[TraceSummary], *, width: int | None, colour: bool = False, ascii_only: bool = False
) -> list[str]:
    """Format summaries as a table with a header line and one line for each trace.

    Args:
        summaries: the summaries in the order to list them.
        width: columns of the terminal, to which long names are cut; None cuts nothing.
        colour: with ANSI colours.
        ascii_only: with ASCII characters only.
    """
    rows = [_cells(summary, ascii_only) for summary in summaries]
    names = [place for place, head in enumerate(_HEADS) if head not in _NUMBERS]
    shown = columns_within(width, _HEADS, rows, names=names, whole=_WHOLE, spared=_SPARED)
    return text_table(
        [_HEADS[place] for place in shown],
        [[row[place] for place in shown] for row in rows],
        names=[at for at, place in enumerate(shown) if place in names],
        whole=[at for at, place in enumerate(shown) if place in _WHOLE],
        width=width,
        colour=colour,
        ascii_only=ascii_only,
        marked=[number for number, summary in enumerate(summaries) if summary.errors],
    )


def _cells(summary: TraceSummary, ascii_only: bool) -> tuple[str, ...]:
    took = "?" if summary.duration_ns is None else format_duration(summary.duration_ns)
    if summary.unfinished and summary.duration_ns is not None:
        took = f"{'>=' if ascii_only else '≥'} {took}"
    root = f"{summary.root.service}: {summary.root.name}"
    return (
        format_moment(summary.start_ns).removesuffix(" UTC"),
        summary.trace_id,
        took,
        f"{summary.spans:,}",
        f"{summary.errors:,}" if summary.errors else "-",
        ", ".join(summary.services),
        f"{root} (root missing)" if summary.root.missing else root,
    )
