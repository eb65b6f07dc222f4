"""Draw a trace as text: the tree of its spans, and next to it a waterfall of their times."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from analysis import waterfall
from analysis.durations import format_duration
from analysis.model import SpanKind, Trace
from analysis.moments import format_moment
from analysis.terminal_text import BOLD, DIM, RED, SERVICE_COLOURS, fitted, painted, printable, width_of
from analysis.tree_rows import Branch, Row, rows_of
from analysis.tree_style import Columns, shared_out, signs_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.model import Span

MIN_WIDTH = 60
"""Minimum width of a useful drawing, in columns."""

_SHORT_KINDS = {
    SpanKind.UNSPECIFIED: "-",
    SpanKind.INTERNAL: "int",
    SpanKind.SERVER: "srv",
    SpanKind.CLIENT: "cli",
    SpanKind.PRODUCER: "prod",
    SpanKind.CONSUMER: "cons",
}


_NAME_ROOM = 10


def draw(
    traces: Trace | Sequence[Trace],
    *,
    width: int = 100,
    colour: bool = False,
    ascii_only: bool = False,
    max_rows: int | None = 200,
) -> list[str]:
    """Draw a trace and the traces linked to it.

    Args:
        traces: the trace, or several traces. The heading describes the first one. Linked traces are joined to it;
            others follow separately.
        width: columns of the terminal, at least `MIN_WIDTH`.
        colour: with ANSI colours.
        ascii_only: with ASCII characters only.
        max_rows: maximum number of spans to draw; None draws all.

    Returns:
        Lines without line ends and trailing blanks.

    Raises:
        ValueError: `traces` is empty.
    """
    members = [traces] if isinstance(traces, Trace) else list(traces)
    if not members:
        raise ValueError("there is no trace to draw")
    rows = rows_of(members)
    drawn = list(islice(rows, max_rows))
    canvas = _Canvas(members, drawn, max(width, MIN_WIDTH), colour, ascii_only)
    lines = [*canvas.heading(), "", canvas.scale_line(), *(canvas.row(row) for row in drawn)]
    lines += canvas.cut_line(rows)
    legend = canvas.legend()
    return [line.rstrip() for line in [*lines, *([""] if legend else []), *legend]]


class _Canvas:
    """The rows of one drawing, with their common widths, scale, colours and signs."""

    def __init__(
        self, traces: list[Trace], rows: list[Row], width: int, colour: bool, ascii_only: bool
    ) -> None:
        self._traces = traces
        self._rows = rows
        self._width = width
        self._colour = colour
        self._signs = signs_for(width, ascii_only=ascii_only)
        self._link = self._signs.branches.link.strip()
        self._ascii = ascii_only
        services = dict.fromkeys(service for trace in traces for service in trace.services)
        self._colours = {name: SERVICE_COLOURS[n % len(SERVICE_COLOURS)] for n, name in enumerate(services)}
        self._columns = self._laid_out()
        self._scale = waterfall.Scale(
            min(trace.start_ns for trace in traces), max(trace.end_ns for trace in traces), self._columns.bar
        )

    def heading(self) -> list[str]:
        """Return the heading: id, start, duration, spans, errors and services."""
        trace, dot = self._traces[0], self._signs.dot
        errors = sum(trace.errors for trace in self._traces)
        spans = sum(len(trace.spans) for trace in self._traces)
        services: dict[str, int] = {}
        for name, count in (item for trace in self._traces for item in trace.services.items()):
            services[name] = services.get(name, 0) + count
        facts = [
            format_moment(self._scale.start_ns),
            self._known_duration(),
            f"{spans:,} span{'s' * (spans != 1)}",
        ]
        if errors:
            facts.append(painted(f"{errors:,} error{'s' * (errors != 1)}", RED, self._colour))
        named = [
            painted(f"{self._text(name)} {count:,}", self._colours[name], self._colour)
            for name, count in services.items()
        ]
        lines = [painted(f"Trace {trace.trace_id}", BOLD, self._colour)]
        lines += [f"  {self._link} {other.trace_id} (linked)" for other in self._traces[1:]]
        return [*lines, *_wrapped(facts, dot, self._width), *_wrapped(named, dot, self._width)]

    def scale_line(self) -> str:
        """Return the header line: names of the columns, and the ends of the time scale."""
        columns = self._columns
        end = self._duration(self._scale.end_ns - self._scale.start_ns)
        bar = (
            "0" + fitted(end, columns.bar - 1, right=True, ellipsis="")
            if columns.bar > width_of(end) + 2
            else ""
        )
        cells = [
            fitted("service", columns.service),
            fitted("span", columns.tree),
            fitted("kind", columns.kind),
            fitted("took", columns.duration, right=True),
            fitted("queued", columns.wait, right=True) if columns.wait else None,
            bar,
        ]
        return painted(" ".join(cell for cell in cells if cell is not None), DIM, self._colour)

    def row(self, row: Row) -> str:
        """Return the line of a span or of a heading."""
        if row.span is None:
            return painted(" " * (self._columns.service + 1) + row.heading, DIM, self._colour)
        span, columns = row.span, self._columns
        cells = [
            painted(
                self._fit(self._text(span.service), columns.service),
                self._colours[span.service],
                self._colour,
            ),
            self._label(row, span),
            painted(fitted(self._kind(span.kind), columns.kind), DIM, self._colour),
            fitted(self._took(span), columns.duration, right=True, ellipsis=""),
        ]
        if columns.wait:
            waited = "" if row.queue_wait_ms is None else self._duration(row.queue_wait_ms * 1_000_000)
            cells.append(fitted(waited, columns.wait, right=True, ellipsis=""))
        return " ".join([*cells, self._bar(row, span)])

    def cut_line(self, rest: Iterable[Row]) -> list[str]:
        """Return a line with the number of spans that are not drawn; empty if all are."""
        left = [row.span for row in rest if row.span is not None]
        if not left:
            return []
        errors = sum(span.is_error for span in left)
        also = f", {errors:,} of them with an error" if errors else ""
        return [painted(f"{self._signs.cut} {len(left):,} more{also}", DIM, self._colour)]

    def legend(self) -> list[str]:
        """Return the meanings of the signs that were drawn."""
        signs, rows = self._signs, self._rows
        spans = [row.span for row in rows if row.span is not None]
        meanings = [
            (
                any(row.queue_wait_ms is not None for row in rows),
                f"{signs.strokes.waiting} waiting in the queue",
            ),
            (
                any(row.branch is Branch.LINK for row in rows),
                f"{self._link} another trace, joined by a span link",
            ),
            (any(span.is_error for span in spans), f"{signs.error} error"),
            (any(span.is_unfinished for span in spans), f"{signs.unfinished} unknown end"),
            (
                any(row.is_early for row in rows),
                f"{signs.early} starts before the span above it: clocks disagree",
            ),
        ]
        shown = [meaning for applies, meaning in meanings if applies]
        if not self._columns.has_full_kinds:
            kinds = dict.fromkeys(span.kind for span in spans)
            shown += [
                f"{_SHORT_KINDS[kind]} {kind.value}" for kind in kinds if kind is not SpanKind.UNSPECIFIED
            ]
        return [painted(line, DIM, self._colour) for line in _wrapped(shown, self._signs.dot, self._width)]

    def _label(self, row: Row, span: Span) -> str:
        marked = self._marked(row, span)
        prefix = self._prefix(row)
        text = self._fit(marked, self._columns.tree - width_of(prefix))
        return painted(prefix, DIM, self._colour) + (
            painted(text, RED, self._colour) if span.is_error else text
        )

    def _kind(self, kind: SpanKind) -> str:
        is_short = kind is SpanKind.UNSPECIFIED or not self._columns.has_full_kinds
        return _SHORT_KINDS[kind] if is_short else kind.value

    def _marked(self, row: Row, span: Span) -> str:
        marks = (f"{self._signs.error} " if span.is_error else "") + (
            f"{self._signs.early} " if row.is_early else ""
        )
        return marks + (self._text(span.name) or "(no name)")

    def _prefix(self, row: Row) -> str:
        """Return the branches of a row; of a very deep row only the innermost, so that there is room for its name."""
        if row.branch is Branch.TOP:
            return ""
        branches = self._signs.branches
        own = (
            branches.link
            if row.branch is Branch.LINK
            else branches.last_child
            if row.last
            else branches.child
        )
        levels = [branches.rail if rail else branches.no_rail for rail in row.rails]
        room = max(1, (self._columns.tree - _NAME_ROOM) // branches.step - 1)
        if len(levels) > room:
            cut = fitted(self._signs.cut, branches.step, ellipsis=self._signs.cut[0])
            levels = [cut, *levels[len(levels) - room + 1 :]]
        return "".join([*levels, own])

    def _bar(self, row: Row, span: Span) -> str:
        since = None if row.queue_wait_ms is None else span.start_ns - round(row.queue_wait_ms * 1_000_000)
        before, wait, bar = waterfall.bar(self._scale, span.start_ns, span.end_ns, since, self._signs.strokes)
        colour = RED if span.is_error else self._colours[span.service]
        return before + painted(wait, DIM, self._colour) + painted(bar, colour, self._colour)

    def _laid_out(self) -> Columns:
        step = self._signs.branches.step
        spans = [(row, row.span) for row in self._rows if row.span is not None]
        waits = [row.queue_wait_ms for row in self._rows if row.queue_wait_ms is not None]
        return shared_out(
            self._width,
            service=max(width_of(self._text(span.service)) for _, span in spans),
            tree=max(step * row.depth + width_of(self._marked(row, span)) for row, span in spans),
            duration=max(width_of(self._took(span)) for _, span in spans),
            wait=max((width_of(self._duration(wait_ms * 1_000_000)) for wait_ms in waits), default=0),
        )

    def _fit(self, text: str, width: int) -> str:
        return fitted(text, width, ellipsis=self._signs.cut)

    def _text(self, text: str) -> str:
        return printable(text, ascii_only=self._ascii)

    def _known_duration(self) -> str:
        """Format the time from the first start to the last known end, the minimum duration of the traces."""
        unfinished = sum(trace.unfinished for trace in self._traces)
        if unfinished == sum(len(trace.spans) for trace in self._traces):
            return self._signs.unfinished
        took = self._duration(self._scale.end_ns - self._scale.start_ns)
        return f"{'>=' if self._ascii else '≥'} {took}" if unfinished else took

    def _took(self, span: Span) -> str:
        return self._signs.unfinished if span.is_unfinished else self._duration(span.duration_ns)

    def _duration(self, nanoseconds: float) -> str:
        text = format_duration(nanoseconds)
        return text.replace("µ", "u") if self._ascii else text


def _wrapped(parts: list[str], separator: str, width: int) -> list[str]:
    """Join the parts with the separator and wrap them to the width; colours have no width."""
    lines: list[str] = []
    for part in parts:
        if lines and width_of(lines[-1]) + width_of(separator) + width_of(part) <= width:
            lines[-1] += separator + part
        else:
            lines.append(part)
    return lines
