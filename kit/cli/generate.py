"""`kit generate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from generator.components.services.plan import ServicesPlan
from kit.terminal import Output, answer, data, say

if TYPE_CHECKING:
    from generator.tree.changes import Change

app = typer.Typer(rich_markup_mode=None)


@app.command()
def generate(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; files are rendered beside it."),
    check: bool = typer.Option(False, "--check", help="Change nothing; exit 1 with a diff if files differ."),
    diff: bool = typer.Option(False, "--diff", help="Change nothing; show what would change."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Change nothing; list the files and their state."),
    force: bool = typer.Option(False, "--force", help="Overwrite files that were edited by hand."),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Render every config from kit.yaml.

    Example: kit generate --check
    """
    from generator.render import render_files
    from generator.targets import COMPOSE, NATIVE
    from generator.tree.changes import State, changes
    from generator.tree.write import write
    from kit.image.context import difference
    from kit.operate.deployment import load

    root, deployment = spec.parent, load(spec, COMPOSE)
    found = changes(root, render_files(deployment))
    image = difference(root) if deployment.images.own.context else None
    differing = [change for change in found if change.state is not State.SAME]
    if check or diff or dry_run:
        written = False
    else:
        write(root, found, force=force)
        written = True
        if image:
            image.write()
    if output is Output.JSON:
        files = [{"path": change.path, "state": str(change.state)} for change in found]
        differences = {"diff": "".join(line for c in differing for line in c.diff())} if check or diff else {}
        answer(
            "generate", ok=written or not (differing or image), written=written, files=files, **differences
        )
    else:
        _tell(found, differing, diffs=check or diff, listed=dry_run)
    if image:
        verb = "wrote" if written else "differs:"
        say(
            f"{verb} {image.folder.name}/, what the kit's own image is built from: copies of the installed kit"
        )
    if check and differing:
        edited = [change.path for change in differing if change.state is State.EDITED]
        say(f"{len(differing)} of {len(found)} files differ from the spec" + _edited(edited))
    if check and (differing or image):
        raise typer.Exit(1)
    _tell_left_out(deployment[ServicesPlan].left_out)
    if not differing:
        say(f"{len(found)} files are as the spec says")


def _tell(found: Sequence[Change], differing: Sequence[Change], *, diffs: bool, listed: bool) -> None:
    if diffs:
        for change in differing:
            data("".join(change.diff()).rstrip("\n"))
    elif listed:
        for change in found:
            data(f"{change.state:<8} {change.path}")
    else:
        for change in differing:
            verb = "removed" if change.after is None else "wrote"
            data(f"{verb} {change.path}")


def _tell_left_out(names: Sequence[str]) -> None:
    for name in names:
        say(f"{name} is not in compose.yaml: it has only `run`, for the native target")


def _edited(paths: list[str]) -> str:
    return f"; edited by hand: {', '.join(paths)}" if paths else "; `kit generate` renders them"
