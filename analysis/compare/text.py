"""The text form of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.compare.judge import LEAST_COUNT, Errors, Verdict
from analysis.compare.series import SeriesKind
from analysis.compare.shape import Change
from analysis.terminal_text import BOLD, RED, painted, printable
from analysis.text_table import columns_within, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.compare.comparing import TracesCompared
    from analysis.compare.judge import Comparison, Figure
    from analysis.compare.series import Key
    from analysis.compare.shape import ShapeChange

_HEADS = ("verdict", "endpoint or queue", "requests", "p50 ms", "p95 ms", "p99 ms", "errors %", "per s")
_MOST = 15


def lines(
    report: TracesCompared, *, width: int | None = None, colour: bool = False, ascii_only: bool = False
) -> Iterator[str]:
    """Return the lines of a comparison: a table of endpoints and queues, the explanation, and the verdict last.

    A cell shows A, B, and in brackets the 95 % interval of the change. If there are too few independent requests for
    a verdict, their number follows the number of requests.

    Args:
        report: The comparison.
        width: Columns of the terminal; None for no limit.
        colour: Use ANSI colours.
        ascii_only: Use ASCII characters only.
    """
    arrow = "->" if ascii_only else "→"
    if report.comparisons:
        rows = [_row(one, arrow) for one in report.comparisons]
        shown = columns_within(width, _HEADS, rows, names=(0, 1))
        yield from text_table(
            [_HEADS[column] for column in shown],
            [[row[column] for column in shown] for row in rows],
            names=(0, 1),
            width=width,
            colour=colour,
            ascii_only=ascii_only,
            marked=[
                place
                for place, one in enumerate(report.comparisons)
                if one.verdict is Verdict.SLOWER or one.errors is Errors.MORE
            ],
        )
    rest = [*_sections(report, arrow)]
    yield from (printable(line, ascii_only=ascii_only) for line in rest)
    bad = report.verdict is Verdict.SLOWER or report.errors is Errors.MORE
    yield painted(printable(_headline(report), ascii_only=ascii_only), RED if bad else BOLD, colour)


def table_of(report: TracesCompared) -> tuple[Sequence[str], list[list[str]]]:
    """Return the headers and the cells of the table of endpoints and queues."""
    return _HEADS, [_row(one, "→") for one in report.comparisons]


def explained(report: TracesCompared) -> list[str]:
    """Return the lines between the table and the verdict: operations and shape; headings are not indented."""
    return [*_sections(report, "→")]


def headline(report: TracesCompared) -> str:
    """Return the verdict, with the endpoints and queues that caused it."""
    return _headline(report)


def _sections(report: TracesCompared, arrow: str) -> Iterator[str]:
    changed = [one for one in report.operations if one.verdict in (Verdict.SLOWER, Verdict.FASTER)]
    yield from _section("operations", [_operation(one, arrow) for one in changed])
    yield from _section("shape", [_shape(one, arrow) for one in report.shape])
    yield from _section(
        "only on one side",
        [f"gone   {_name(key)}" for key in report.only_before]
        + [f"added  {_name(key)}" for key in report.only_after],
    )
    yield from _section(
        "request rate changed (queue waits depend on it)",
        [f"{_name(one.key)}: {_pair(one.request_rate, arrow, 1)} per s" for one in report.other_load],
    )
    yield ""


def _section(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield ""
        yield title
        yield from (f"  {entry}" for entry in entries[:_MOST])
        if len(entries) > _MOST:
            yield f"  and {len(entries) - _MOST} more: list all with --output json"


def _headline(report: TracesCompared) -> str:
    reasons = [_reason(one) for one in report.comparisons if one.verdict is report.verdict]
    changed = report.verdict in (Verdict.SLOWER, Verdict.FASTER)
    said = f"{report.verdict}: {', '.join(reasons)}" if changed else str(report.verdict)
    if report.errors is not Errors.NO_CHANGE:
        failing = [_name(one.key) for one in report.comparisons if one.errors is report.errors]
        said += f"; {report.errors}: {', '.join(failing)}"
    return said


def _reason(one: Comparison) -> str:
    figure, name = (
        (one.p50, "p50") if abs(one.p50.percent or 0) >= 1 and one.p_rank < 0.05 else (one.p95, "p95")
    )
    return f"{_name(one.key)} {name} {_percent(figure)}"


def _row(one: Comparison, arrow: str) -> list[str]:
    verdict = str(one.verdict) + (f", {one.errors}" if one.errors is not Errors.NO_CHANGE else "")
    p99 = _cell(one, one.p99, arrow)
    return [
        verdict,
        _name(one.key),
        _requests(one),
        _cell(one, one.p50, arrow),
        _cell(one, one.p95, arrow),
        p99 if one.p99.sound else f"({p99})",
        _pair(one.error_rate, arrow, 100),
        _pair(one.request_rate, arrow, 1),
    ]


def _name(key: Key) -> str:
    kind = {SeriesKind.QUEUE_WAIT: " wait", SeriesKind.QUEUE_PROCESSING: " processing"}.get(key.subject, "")
    return f"{key.service}: {key.name}{kind}"


def _operation(one: Comparison, arrow: str) -> str:
    return f"{one.verdict}  {_name(one.key)}  p50 {_pair(one.p50, arrow, 1)} ms, p95 {_pair(one.p95, arrow, 1)} ms"


def _shape(one: ShapeChange, arrow: str) -> str:
    unit = "ms" if one.change is Change.SELF_TIME else "calls"
    return (
        f"{one.change}  {one.operation[0]}: {one.operation[1]}  {_three(one.before)} {arrow} {_three(one.after)} "
        f"{unit} per {one.entry[1]}"
    )


def _requests(one: Comparison) -> str:
    said = f"{one.counts[0]:,}/{one.counts[1]:,}"
    if one.enough or min(one.counts) < LEAST_COUNT:
        return said
    return f"{said} (independent: {one.effective[0]:.0f}/{one.effective[1]:.0f})"


def _cell(one: Comparison, figure: Figure, arrow: str) -> str:
    pair = _pair(figure, arrow, 1)
    # With few values, the resampled interval is too narrow.
    return (
        pair if min(one.counts) < LEAST_COUNT else f"{pair} [{_signed(figure.low)}, {_signed(figure.high)}]"
    )


def _pair(figure: Figure, arrow: str, times: float) -> str:
    return f"{_three(figure.before * times)} {arrow} {_three(figure.after * times)}"


def _percent(figure: Figure) -> str:
    return f"{figure.percent:+.0f} %" if figure.percent is not None else f"{figure.change:+.3g} ms"


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{_three(abs(value))}"


def _three(value: float) -> str:
    """Format a number with three significant digits, or as a whole number from 100 on."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.3g}"
