"""`kit down`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import say

app = typer.Typer(rich_markup_mode=None)


@app.command()
def down(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder counts."),
    volumes: bool = typer.Option(
        False, "--volumes", "-v", help="Remove the data too: traces, queues, coupons."
    ),
) -> None:
    """Stop the deployment; its data stays, unless --volumes is given.

    Example: kit down --volumes
    """
    from kit.operate.native.down import stop
    from kit.operate.native.home import Home
    from kit.operate.native.supervisor import orphans
    from kit.operate.native.up import held

    home = Home.of(spec.parent)
    if not home.path.exists() and not any(orphans(home)):
        say("nothing runs here")
        return
    with held(home):
        done = stop(home, remove_data=volumes)
    if done.was_running:
        say("stopped" + ("" if volumes or not home.data.exists() else f"; the data stays in {home.data}"))
    elif not done.orphans:
        say("nothing was running" + ("; the data is removed" if volumes else ""))
    if done.orphans:
        say(f"stopped {done.orphans} processes that nobody supervised any more")
    if done.killed:
        say(f"{done.killed} of them had to be killed")
