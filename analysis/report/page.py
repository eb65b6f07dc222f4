"""The report page: one self-contained HTML file.

Tables are HTML and work without scripts. Charts are drawn in the browser by Observable Plot, whose JavaScript is part
of the page. All text from spans is escaped by the template, or is in a block of JSON without `<`. The page's security
policy allows only its own scripts, by their hashes, and no loading of other files.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.critical_path.totals import queue_name
from analysis.durations import format_duration
from analysis.moments import format_moment
from analysis.objectives import Outcome
from analysis.report.chart_data import chart_data, in_script
from analysis.terminal_text import printable
from findings.document import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.compare.comparing import TracesCompared
    from analysis.critical_path.path import Section
    from analysis.objectives import Verdict
    from analysis.percentiles import Percentiles
    from analysis.report.contents import Contents
    from analysis.report.waterfall import Waterfall

MOST_ROWS = 500
"""Maximum number of rows of a table: unbounded span names could make more rows than a browser can show."""

_HERE = Path(__file__).parent
_SCRIPTS = ("vendor/d3.min.js", "vendor/plot.umd.min.js", "charts.js")


@dataclass(frozen=True, slots=True)
class About:
    """Source and range of the page's data, as texts for its header.

    Attributes:
        where: The source, as messages name it.
        window: Start and end of the window.
        asked: The filters; empty if there are none.
        traces: Number of traces.
        spans: Number of spans.
        gaps: Description of the data that was not read; empty if all was read.
        jaeger: Address of the Jaeger UI for links; empty for no links.
        made: Time when the page was written.
    """

    where: str
    window: str
    asked: str
    traces: int
    spans: int
    gaps: str
    jaeger: str
    made: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, with the names of its two sides."""

    report: TracesCompared
    before: str
    after: str


def page(
    about: About,
    contents: Contents,
    compared: Compared | None = None,
) -> str:
    """Return the page as HTML.

    Args:
        about: Source and range of the data.
        contents: All figures.
        compared: Comparison with earlier traces; None for no such section.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from analysis.report import waterfall
    from analysis.report.contents import DISTRIBUTIONS, SLOWEST

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "duration": format_duration,
        "percent": percent,
        "plain": lambda text: printable(str(text)),
        "p99": p99,
        "rate": rate,
    }
    environment.filters |= filters
    scripts = [(_HERE / name).read_text(encoding="utf-8").strip() for name in _SCRIPTS]
    return environment.get_template("page.html.jinja").render(
        about=about,
        contents=contents,
        compared=_comparison(compared),
        missed=[line for line in dict.fromkeys(map(_missed, contents.verdicts)) if line],
        requests=[_request(one, contents, about.jaeger, n) for n, one in enumerate(contents.waterfalls)],
        findings=[(document(one), one.found.splitlines()) for one in contents.findings],
        most_rows=MOST_ROWS,
        most_endpoints=DISTRIBUTIONS,
        most_requests=SLOWEST,
        most_bars=waterfall.MOST_BARS,
        style=Markup((_HERE / "style.css").read_text(encoding="utf-8")),  # noqa: S704  # files of this package
        scripts=[Markup(script) for script in scripts],  # noqa: S704
        hashes=" ".join(f"'sha256-{_hash(script)}'" for script in scripts),
        chart_data=Markup(in_script(chart_data(contents))),  # noqa: S704  # escaped by `in_script`
    )


def percent(share: float) -> str:
    """Format a share, 0 to 1, for a cell."""
    return "-" if share == 0 else f"{100 * share:.0f}%" if share >= 0.005 else "<1%"


def p99(spread: Percentiles) -> str:
    """Format a p99, in parentheses if there are too few samples for it."""
    shown = format_duration(spread.p99_ns)
    return shown if spread.p99_is_sound else f"({shown})"


def rate(value: float | None) -> str:
    """Format a rate, or another number that may be unknown, for a cell."""
    return "-" if value is None else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _missed(whose_and_verdict: tuple[str, Verdict]) -> str:
    whose, verdict = whose_and_verdict
    if verdict.outcome is Outcome.MET:
        return ""
    what = "missed" if verdict.outcome is Outcome.MISSED else "not judged (too few samples)"
    at = f" at {whose}" if whose else ""
    return f"{what}{at}: {verdict.objective}, measured {verdict.measured_text} over {verdict.samples:,}"


def _request(one: Waterfall, contents: Contents, jaeger: str, number: int) -> dict[str, Any]:
    table, call = contents.table, one.call
    trace_id, why = table.trace_id_of(call.row), call.explanation
    link = f"{jaeger.rstrip('/')}/trace/{trace_id}?uiFind={table.span_id_of(call.row)}" if jaeger else ""
    explained = ""
    if why is not None:
        what = f"(waiting in {why.operation})" if why.is_wait else f"{why.service}: {why.operation}"
        times = f" ×{why.spans}" if why.spans > 1 else ""
        explained = f"{100 * why.share:.0f}% {what}{times}, {format_duration(why.time_ns)}"
    return {
        "number": number,
        "start": format_moment(int(table.start_ns[call.row])),
        "took": format_duration(call.took_ns),
        "service": table.service_of(call.row),
        "name": table.name_of(call.row),
        "explained": explained,
        "trace_id": trace_id,
        "link": link,
        "left_out": one.left_out,
        "sections": [_section(part, one, contents) for part in one.sections],
    }


def _section(part: Section, one: Waterfall, contents: Contents) -> Sequence[str]:
    table = contents.table
    waiting = f"(waiting in {queue_name(table, part.row)})"
    return (
        f"+{format_duration(part.start_ns - one.start_ns)}",
        format_duration(part.duration_ns),
        f"{100 * part.duration_ns / max(1, one.call.took_ns):.1f}%",
        table.service_of(part.row),
        waiting if part.is_wait else table.name_of(part.row),
    )


def _comparison(compared: Compared | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    from analysis.compare.text import explained, headline, table_of

    heads, rows = table_of(compared.report)
    return {
        "before": compared.before,
        "after": compared.after,
        "heads": heads,
        "rows": rows,
        "explained": explained(compared.report),
        "headline": headline(compared.report),
        "least": compared.report.threshold,
    }
