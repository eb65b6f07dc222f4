"""`kit traces snapshot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import Output, say

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def snapshot(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the snapshot, such as before-cache.")],
    filters: options.TraceFilters,
    since: options.Since = "",
    until: options.Until = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a snapshot of this name.")] = False,
    source: options.Source,
    output: options.OutputForm = Output.TEXT,
) -> None:
    """Keep the traces of a window under .kit/snapshots/NAME, for later comparisons.

    Example: kit traces snapshot before-cache --since 10m
    """
    from datetime import UTC, datetime

    from kit.cli.traces.scope import query_of_window
    from kit.cli.traces.source import told
    from kit.cli.traces.whole import whole_traces
    from kit.errors import NotEnoughDataError
    from kit.operate.snapshots import (
        SnapshotFilters,
        SnapshotWindow,
        check_name,
        commit_of,
        keep,
    )
    from kit.printing import show

    check_name(name)
    root = Path.cwd()
    with told():
        query = query_of_window(
            filters.attribute,
            since,
            until,
            is_file=bool(source.files),
            service=filters.service,
            operation=filters.operation,
        )
        window = whole_traces(query, source)
    if not window.traces:
        raise NotEnoughDataError(f"no trace in {window.where} matches", hint="--since looks further back")
    kept = keep(
        root,
        name,
        window.traces,
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        window=SnapshotWindow(str(window.start_ns), str(window.end_ns)),
        filters=SnapshotFilters(filters.service or None, filters.operation or None, filters.attribute or []),
        git=commit_of(root),
        coverage=window.answer(),
        replace=force,
    )
    count, spans, file = kept.snapshot.traces, kept.snapshot.spans, kept.file
    said = f"{name}: {count:,} trace{'s' if count != 1 else ''}, {spans:,} spans in {file}"
    show(kept, output, [said])
    if output is Output.TEXT:
        say(f"  next: change something, then kit traces compare {name} 10m..now")
