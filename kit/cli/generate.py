"""`kit generate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from generator.components.services.plan import ServicesPlan
from generator.tree.changes import FileState
from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.tree.changes import Change

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A rendered file."""

    path: Annotated[str, "path in the deployment's folder"]
    state: Annotated[
        FileState, "`edited` has content that the kit did not write, `stale` is no longer rendered"
    ]


@dataclass(frozen=True, slots=True)
class GenerateAnswer:
    """State of the files on disk, compared with their rendered content."""

    KIND: ClassVar = "generate"

    ok: Annotated[bool, "whether no file differs, or all files were written"]
    written: Annotated[bool, "whether files were written: not with --check, --diff or --dry-run"]
    files: Annotated[list[RenderedFile], "all rendered files"]
    diff: Annotated[str | None, "unified diff, with --check or --diff"] = None


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
    from generator.targets import default_target
    from kit.operate.deployment import load
    from kit.operate.rendering import pending, write_pending
    from kit.printing import show

    root, deployment = spec.parent, load(spec, default_target())
    found = pending(deployment, root)
    differing = [change for change in found if change.state is not FileState.SAME]
    written = not (check or diff or dry_run)
    if written:
        write_pending(root, found, force=force)
    diffs = "".join(line for change in differing for line in change.diff()) if check or diff else None
    answer = GenerateAnswer(
        ok=written or not differing,
        written=written,
        files=[RenderedFile(change.path, change.state) for change in found],
        diff=diffs,
    )
    show(answer, output, _lines(answer, differing, listed=dry_run))
    if check and differing:
        edited = [change.path for change in differing if change.state is FileState.EDITED]
        say(f"{len(differing)} of {len(found)} files differ from the spec" + _edited(edited))
        raise typer.Exit(1)
    _tell_left_out(deployment[ServicesPlan].left_out)
    if not differing:
        say(f"{len(found)} files match the spec")


def _lines(answer: GenerateAnswer, differing: Sequence[Change], *, listed: bool) -> Iterator[str]:
    if answer.diff is not None:
        if answer.diff:
            yield answer.diff.rstrip("\n")
    elif listed:
        for file in answer.files:
            yield f"{file.state:<8} {file.path}"
    else:
        for change in differing:
            verb = "removed" if change.after is None else "wrote"
            yield f"{verb} {change.path}"


def _tell_left_out(names: Sequence[str]) -> None:
    for name in names:
        say(f"{name} is not in compose.yaml: it has only `run`, for the native target")


def _edited(paths: list[str]) -> str:
    return f" (edited by hand: {', '.join(paths)})" if paths else "; `kit generate` renders them"
