"""`kit logs`."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def logs(
    components: list[str] = typer.Argument(None, help="Which; all when none is named."),
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder counts."),
    follow: bool = typer.Option(False, "--follow", "-f", help="Go on as new lines come."),
    lines: int = typer.Option(50, "--lines", "-n", min=0, help="The last so many of each."),
) -> None:
    """Show the components' logs.

    Example: kit logs -f jaeger collector
    """
    from kit.operate.runtimes import with_logs

    if with_logs(spec).logs(components or [], lines=lines, follow=follow):
        raise typer.Exit(1)
