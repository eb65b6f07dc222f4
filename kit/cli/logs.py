"""`kit logs`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import re

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_LINES = 50


@app.command()
def logs(
    components: list[str] = typer.Argument(None, help="Components to show (default: all)."),
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder is used."),
    follow: bool = typer.Option(False, "--follow", "-f", help="Keep printing new lines."),
    lines: int | None = typer.Option(
        None,
        "--lines",
        "-n",
        min=0,
        help=f"Number of last lines of each component (default: {_LINES}, or all with --since).",
    ),
    since: str = typer.Option("", "--since", help="Start: 15m (ago), 14:05 or 2026-11-21T14:05:00Z, in UTC."),
    until: str = typer.Option("", "--until", help="End, in the same forms."),
    grep: str = typer.Option(
        "", "--grep", metavar="PATTERN", help="Only lines that match this regular expression."
    ),
) -> None:
    """Show the components' logs.

    Example: kit logs --since 10m --grep 'error|refused' jaeger collector
    """
    from kit.operate.log_query import LogQuery
    from kit.operate.runtimes import with_logs

    query = LogQuery(
        lines=_LINES if lines is None and not since else lines,
        follow=follow,
        since=_moment("--since", since),
        until=_moment("--until", until),
        pattern=_pattern(grep),
    )
    if with_logs(spec).logs(components or [], query):
        raise typer.Exit(1)


def _moment(option: str, text: str) -> datetime | None:
    if not text:
        return None
    import time

    from analysis.errors import QuantityError
    from analysis.moments import parse_moment
    from kit.errors import UsageError

    try:
        nanoseconds = parse_moment(text, now_ns=time.time_ns(), what=option)
    except QuantityError as error:
        raise UsageError(error.message, hint=error.hint) from None
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def _pattern(text: str) -> re.Pattern[str] | None:
    import re

    from kit.errors import UsageError

    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise UsageError(
            f"--grep {text!r} is not a valid regular expression: {error}",
            hint="put a \\ before a character to match it literally",
        ) from None
