"""Read the sides of a comparison: snapshots, files and ranges of time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kit.cli.traces.options import JaegerSource, Source, TraceFilters

if TYPE_CHECKING:
    from analysis.compare.judge import Threshold
    from kit.cli.traces import options
    from kit.cli.traces.whole import TableWindow


def side(text: str, filters: TraceFilters, jaeger: JaegerSource) -> TableWindow:
    """Return the traces of A or B: of a snapshot, else a file, else a range of time in Jaeger."""
    from kit.operate.snapshots import find

    root = Path.cwd()
    kept = find(root, text)
    if kept is not None:
        window = _read(filters, "", "", _of_file(kept.traces, jaeger))
        bounds = kept.manifest["window"]
        return replace(
            window,
            start_ns=int(bounds["start_unix_nano"]),
            end_ns=int(bounds["end_unix_nano"]),
            where=f"the snapshot {text}",
        )
    if Path(text).exists():
        return _read(filters, "", "", _of_file(Path(text), jaeger))
    since, dots, until = text.partition("..")
    if not dots or not since:
        raise _unknown(text, root)
    return _read(filters, since, "" if until in ("", "now") else until, jaeger)


def threshold_of(options: options.Threshold) -> Threshold:
    """Return the thresholds of the options."""
    from analysis.compare.judge import Threshold
    from analysis.durations import parse_duration

    milliseconds = parse_duration(options.min_change, what="--min-change") / 1_000_000
    return Threshold(milliseconds, options.min_change_percent)


def _of_file(file: Path, jaeger: JaegerSource) -> Source:
    return Source(
        spec=jaeger.spec,
        jaeger=jaeger.jaeger,
        timeout=jaeger.timeout,
        strict=jaeger.strict,
        from_=[file],
    )


def _read(filters: TraceFilters, since: str, until: str, source: JaegerSource) -> TableWindow:
    from analysis.compare.values import NEEDED
    from kit.cli.traces.scope import query_of_window
    from kit.cli.traces.whole import whole_table

    query = query_of_window(
        filters.attribute,
        since,
        until,
        is_file=True,  # a range has its own bounds
        service=filters.service,
        operation=filters.operation,
    )
    return whole_table(query, source, NEEDED)


def _unknown(text: str, root: Path) -> Exception:
    from difflib import get_close_matches

    from kit.errors import UserError
    from kit.operate.snapshots import names

    known = names(root)
    near = get_close_matches(text, known, n=1)
    if near:
        hint = f"did you mean {near[0]}?"
    elif known:
        hint = f"snapshots here: {', '.join(known)}"
    else:
        hint = "take a snapshot with kit traces snapshot NAME, or write a range such as 14:00..14:10"
    return UserError(f"{text!r} is not a snapshot, a file or a range of time", hint=hint)
