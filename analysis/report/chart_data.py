"""The data of the page's charts, as JSON for their script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.report.flame import drawn
from analysis.terminal_text import printable

if TYPE_CHECKING:
    from analysis.report.contents import Contents
    from analysis.report.waterfall import Waterfall

_FINEST = 2_000
"""Maximum width of a waterfall, in pixels."""


def chart_data(contents: Contents) -> dict[str, Any]:
    """Return the data of all charts; durations in nanoseconds, points in time in milliseconds since 1970."""
    return {
        "services": sorted({contents.table.texts[code] for code in set(contents.table.service.tolist())}),
        "latencies": [
            {
                "bins": [
                    {"from": low, "to": high, "calls": count}
                    for low, high, count in zip(one.edges_ns, one.edges_ns[1:], one.counts, strict=False)
                ],
                "p50": one.spread.p50_ns,
                "p95": one.spread.p95_ns,
                "p99": one.spread.p99_ns if one.spread.p99_is_sound else None,
            }
            for one in contents.distributions
        ],
        "waits": [
            [
                {
                    "from": part.start_ns / 1e6,
                    "to": part.end_ns / 1e6,
                    "messages": part.messages,
                    "p50": part.p50_ns,
                    "p95": part.p95_ns,
                }
                for part in one.slices
            ]
            for one in contents.waits
        ],
        "flame": [
            {
                "service": printable(one.frame.key[0]),
                "name": printable(one.frame.key[1]),
                "wait": one.frame.key[2],
                "depth": one.frame.depth,
                "left": one.left_ns,
                "own": one.frame.own_ns,
                "total": one.frame.total_ns,
                "above": one.above,
            }
            for one in drawn(contents.flame)
        ],
        "waterfalls": [_bars(one, contents) for one in contents.waterfalls],
    }


def in_script(data: Any) -> str:
    """Return JSON that is safe in a script element: no text in it can end the element or open a comment."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _bars(one: Waterfall, contents: Contents) -> dict[str, Any]:
    table = contents.table
    place = {bar.row: number for number, bar in enumerate(one.bars)}
    return {
        "bars": [
            {
                "service": printable(table.service_of(bar.row)),
                "name": printable(table.name_of(bar.row)),
                "depth": bar.depth,
                "from": int(table.start_ns[bar.row]) - one.start_ns,
                "to": int(table.end_ns[bar.row]) - one.start_ns,
                "wait": bar.wait_ns,
                "error": bool(table.error[bar.row]),
            }
            for bar in one.bars
        ],
        "path": _marks(one, place),
    }


def _marks(one: Waterfall, place: dict[int, int]) -> list[dict[str, Any]]:
    """Return the critical path by bar; marks of a bar with a gap below one pixel are merged."""
    least = one.call.took_ns / _FINEST
    marks: list[dict[str, Any]] = []
    last: dict[tuple[int, bool], dict[str, Any]] = {}
    for part in one.sections:
        if part.row not in place:
            continue
        begin, end = part.start_ns - one.start_ns, part.end_ns - one.start_ns
        before = last.get((part.row, part.is_wait))
        if before is not None and begin - before["to"] < least:
            before["to"] = end
            continue
        mark = {"bar": place[part.row], "from": begin, "to": end, "wait": part.is_wait}
        last[part.row, part.is_wait] = mark
        marks.append(mark)
    return marks
