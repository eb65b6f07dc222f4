"""`kit traces snapshot` and `kit traces compare`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kit.cli import traces_options as options
from kit.terminal import Output, answer, coloured, data, say

if TYPE_CHECKING:
    from analysis.compare.judge import Threshold
    from analysis.compare.report import Report
    from analysis.search import Query
    from kit.cli.traces_whole import TableWindow


_SERVICE = typer.Option("", "--service", help="Traces with a span of this service.")
_OPERATION = typer.Option("", "--operation", help="Traces with a span of this name.")


class FailOn(StrEnum):
    """What makes the exit code of a comparison 1."""

    SLOWER = "slower"
    ERRORS = "errors"


def snapshot(
    name: str = typer.Argument(metavar="NAME", help="What to call it, as before-cache."),
    service: str = _SERVICE,
    operation: str = _OPERATION,
    attribute: list[str] = options.ATTRIBUTE,
    since: str = options.SINCE,
    until: str = options.UNTIL,
    force: bool = typer.Option(False, "--force", help="Replace a snapshot of this name."),
    jaeger: str = options.JAEGER,
    from_: list[Path] = options.FROM,
    more_files: list[Path] | None = options.MORE_FILES,
    output: Output = options.OUTPUT,
) -> None:
    """Keep the traces of a window under .kit/snapshots/NAME, to compare others with later.

    Example: kit traces snapshot before-cache --since 10m
    """
    from datetime import UTC, datetime

    from kit.cli.traces_source import named_files, told
    from kit.cli.traces_whole import whole_traces
    from kit.errors import NotEnoughDataError
    from kit.operate.snapshots import check_name, commit_of, keep

    check_name(name)
    files = named_files(from_, more_files)
    root = Path.cwd()
    with told():
        query = _query(
            service, operation, attribute, since or ("" if files else options.DEFAULT_SINCE), until
        )
        window = whole_traces(query, files, jaeger)
    if not window.traces:
        raise NotEnoughDataError(f"no trace in {window.where} matches", hint="--since looks further back")
    manifest = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "window": {"start_unix_nano": str(window.start_ns), "end_unix_nano": str(window.end_ns)},
        "filters": {"service": service or None, "operation": operation or None, "attributes": attribute},
        "git": commit_of(root),
        "coverage": window.plain(),
    }
    kept = keep(root, name, window.traces, manifest, replace=force)
    if output is Output.JSON:
        answer("traces.snapshot", folder=str(kept.folder), snapshot=dict(kept.manifest))
        return
    count = len(window.traces)
    data(
        f"{name}: {count:,} trace{'s' if count != 1 else ''}, {kept.manifest['spans']:,} spans in {kept.traces}"
    )
    say(f"  next: change something, then kit traces compare {name} 10m..now")


def compare(
    before: str = typer.Argument(metavar="A", help="Before: a snapshot, a file, or a range of time."),
    after: str = typer.Argument(metavar="B", help="After: likewise."),
    service: str = _SERVICE,
    operation: str = _OPERATION,
    attribute: list[str] = options.ATTRIBUTE,
    min_change: str = options.MIN_CHANGE,
    min_change_percent: float = options.MIN_CHANGE_PERCENT,
    fail_on: list[FailOn] = typer.Option(
        [FailOn.SLOWER, FailOn.ERRORS], "--fail-on", help="What makes the exit code 1. May be repeated."
    ),
    jaeger: str = options.JAEGER,
    output: Output = options.OUTPUT,
) -> None:
    """Did a change help? Endpoints, queues and operations of B against A, with what may be chance told apart.

    A and B are names of snapshots, files, or ranges such as 14:00..14:10, 20m..10m or 10m..now (UTC). Exit code 1 when
    an endpoint or a queue is slower or fails more, 5 when there is too little data.

    Example: kit traces compare before-cache 10m..now
    """
    from analysis.compare.report import compare as compared
    from analysis.compare.report import plain
    from kit.cli.traces_source import told

    with told():
        threshold = threshold_of(min_change, min_change_percent)
        sides = [side(text, service, operation, attribute, jaeger) for text in (before, after)]
    report = compared(
        sides[0].table, sides[1].table, threshold=threshold, windows_s=(sides[0].seconds, sides[1].seconds)
    )
    if output is Output.JSON:
        windows = {
            "before": {"name": before, **sides[0].plain()},
            "after": {"name": after, **sides[1].plain()},
        }
        answer("traces.compare", windows=windows, **plain(report))
    else:
        _draw(report, (before, after), sides)
    _leave(report, set(fail_on))


def _query(service: str, operation: str, attribute: list[str], since: str, until: str) -> Query:
    import time

    from analysis.question import query_of

    return query_of(
        service=service,
        operation=operation,
        attributes=attribute,
        min_duration="",
        max_duration="",
        since=since,
        until=until,
        now_ns=time.time_ns(),
        limit=1,
    )


def _read(query: Query, files: list[Path], jaeger: str) -> TableWindow:
    from analysis.compare.values import NEEDED
    from kit.cli.traces_whole import whole_table

    return whole_table(query, files, jaeger, NEEDED)


def side(text: str, service: str, operation: str, attribute: list[str], jaeger: str) -> TableWindow:
    """The traces of A or B: a snapshot, else a file, else a range of time of a Jaeger."""
    import dataclasses

    from kit.operate.snapshots import find

    root = Path.cwd()
    filters = (service, operation, attribute)
    kept = find(root, text)
    if kept is not None:
        window = _read(_query(*filters, "", ""), [kept.traces], jaeger)
        bounds = kept.manifest["window"]
        return dataclasses.replace(
            window,
            start_ns=int(bounds["start_unix_nano"]),
            end_ns=int(bounds["end_unix_nano"]),
            where=f"the snapshot {text}",
        )
    if Path(text).exists():
        return _read(_query(*filters, "", ""), [Path(text)], jaeger)
    since, dots, until = text.partition("..")
    if not dots or not since:
        raise _unknown(text, root)
    return _read(_query(*filters, since, "" if until in ("", "now") else until), [], jaeger)


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
        hint = "kit traces snapshot NAME takes one; a range is written 14:00..14:10"
    return UserError(f"{text!r} is no snapshot, no file and no range of time", hint=hint)


def threshold_of(min_change: str, percent: float) -> Threshold:
    """What is too small to matter, as the options say it."""
    from analysis.compare.judge import Threshold
    from analysis.durations import parse_duration

    return Threshold(parse_duration(min_change, what="--min-change") / 1_000_000, percent)


def _draw(report: Report, names: tuple[str, str], sides: list[TableWindow]) -> None:
    import shutil
    import sys

    from analysis.compare.text import lines
    from analysis.moments import format_moment
    from kit.cli.traces_source import takes_unicode

    for letter, name, side in zip("AB", names, sides, strict=True):
        window = f"{format_moment(side.start_ns)} to {format_moment(side.end_ns)}"
        say(f"{letter}: {name}, {side.traces:,} traces, {window}" + ("" if side.is_complete else ", not all"))
    options: dict[str, Any] = {
        "width": shutil.get_terminal_size().columns if sys.stdout.isatty() else None,
        "colour": coloured(sys.stdout),
        "ascii_only": not takes_unicode(sys.stdout),
    }
    for line in lines(report, **options):
        data(line)


def _leave(report: Report, fail_on: set[FailOn]) -> None:
    from analysis.compare.judge import LEAST_COUNT, LEAST_EFFECTIVE, Errors, Verdict
    from kit.errors import NotEnoughDataError

    slower = report.verdict is Verdict.SLOWER and FailOn.SLOWER in fail_on
    if slower or (report.errors is Errors.MORE and FailOn.ERRORS in fail_on):
        raise typer.Exit(1)
    if report.verdict is Verdict.NOT_ENOUGH_DATA:
        raise NotEnoughDataError(
            f"no endpoint and no queue has {LEAST_COUNT} requests, worth {LEAST_EFFECTIVE:g} independent ones, "
            "on both sides",
            hint="a longer window, or more load",
        )
