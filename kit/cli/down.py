"""`kit down`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import say

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def down(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder is used."),
    volumes: bool = typer.Option(
        False, "--volumes", "-v", help="Remove the data too: traces, queues, coupons."
    ),
) -> None:
    """Stop the deployment. Its data is kept unless --volumes is given.

    Stops the running target, containers or native programs. Example: kit down --volumes
    """
    from kit.operate.runtimes import runtimes

    seen = False
    for runtime in runtimes(spec):
        stopped = runtime.down(remove_data=volumes)
        if stopped is None:
            continue
        seen = True
        for line in stopped.lines:
            say(line)
        if stopped.ran:
            # Remove the data of this target only: the other target's data is from another run.
            return
    if not seen:
        say("nothing runs here")
