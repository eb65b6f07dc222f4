"""`kit down`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kit.terminal import say

if TYPE_CHECKING:
    from kit.operate.native.home import Home

app = typer.Typer(rich_markup_mode=None)


@app.command()
def down(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder counts."),
    volumes: bool = typer.Option(
        False, "--volumes", "-v", help="Remove the data too: traces, queues, coupons."
    ),
) -> None:
    """Stop the deployment; its data stays, unless --volumes is given.

    What runs is stopped, containers or native programs. Example: kit down --volumes
    """
    from kit.operate.compose.down import stop
    from kit.operate.compose.project import Project
    from kit.operate.native.home import Home

    home = Home.of(spec.parent)
    seen = _may_run(home)
    # Only what ran loses its data: the other target's is of another time.
    if seen and _native(home, volumes=volumes):
        return
    project = Project.of(spec.parent)
    if project is not None and (project.containers() or (volumes and project.volumes())):
        stop(project, remove_data=volumes)
        say("stopped" + ("" if volumes else "; the data stays in volumes: kit down --volumes removes it"))
    elif not seen:
        say("nothing runs here")


def _may_run(home: Home) -> bool:
    if home.path.exists():
        return True
    try:
        from kit.operate.native.supervisor import orphans

        return any(orphans(home))
    except ImportError:  # the kit without its native target
        return False


def _native(home: Home, *, volumes: bool) -> bool:
    """Stop native programs; answers whether any ran."""
    from kit.operate.native.down import stop
    from kit.operate.native.up import held

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
    return done.was_running or bool(done.orphans)
