"""`kit deadletters`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)

_SPEC = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder is used.")
_AT = typer.Option(
    "",
    "--at",
    metavar="URL",
    help="URL of the dead-letters program, such as http://host:4318 (default: this folder's deployment).",
)
_OUTPUT = typer.Option(Output.TEXT, "--output", help="text or json.")


@app.callback()
def deadletters() -> None:
    """List, show and resend spans that the storage refuses even when they are sent alone.

    Their sender got an acknowledgement. They are kept on disk so that they do not block other spans.
    """


@app.command("list")
def list_(spec: Path = _SPEC, at: str = _AT, output: Output = _OUTPUT) -> None:
    """List all dead letters, the oldest first.

    Example: kit deadletters list --output json
    """
    from kit.operate.deadletters.answers import LettersAnswer
    from kit.operate.deadletters.client import letters_at
    from kit.operate.deadletters.letters_report import letter_lines
    from kit.printing import show as show_answer

    letters = letters_at(at, spec).all()
    show_answer(LettersAnswer(letters), output, letter_lines(letters))


@app.command()
def show(
    id_: str = typer.Argument(..., metavar="LETTER", help="The dead letter's id."),
    spec: Path = _SPEC,
    at: str = _AT,
    output: Output = _OUTPUT,
) -> None:
    """Show a dead letter: the reason and its spans.

    Example: kit deadletters show 20261130T084500-1f2e3d4c5b6a
    """
    from kit.operate.deadletters.client import letters_at
    from kit.operate.deadletters.letters_report import contents_lines
    from kit.printing import show as show_answer

    answer = letters_at(at, spec).one(id_)
    show_answer(answer, output, contents_lines(answer))


@app.command()
def replay(
    ids: list[str] = typer.Argument(None, metavar="[LETTER]...", help="The dead letters' ids."),
    all_: bool = typer.Option(False, "--all", help="All dead letters."),
    spec: Path = _SPEC,
    at: str = _AT,
    output: Output = _OUTPUT,
) -> None:
    """Send dead letters to Jaeger again. Written ones are removed; those that are refused again stay.

    Useful after a change of the storage or of its limits. Spans that were written before are not written twice.

    Example: kit deadletters replay --all
    """
    if bool(ids) == all_:
        raise typer.BadParameter("name dead letters by id, or pass --all")
    from kit.operate.deadletters.answers import LettersReplayedAnswer
    from kit.operate.deadletters.client import letters_at
    from kit.operate.deadletters.letters_report import replayed_lines
    from kit.printing import show as show_answer

    replayed = letters_at(at, spec).replay(list(dict.fromkeys(ids or [])))
    show_answer(LettersReplayedAnswer(replayed), output, replayed_lines(replayed))
