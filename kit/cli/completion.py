"""`kit completion`."""

from __future__ import annotations

from enum import StrEnum

import typer

from kit.terminal import data

app = typer.Typer(rich_markup_mode=None, add_completion=False)

VARIABLE = "_KIT_COMPLETE"
"""Environment variable with which a shell's script requests completions."""


class Shell(StrEnum):
    """Shells with completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command()
def completion(shell: Shell = typer.Argument(help="bash, zsh or fish.")) -> None:
    """Print a script that completes verbs and options of `kit`; no file is changed.

    bash: run `source <(kit completion bash)`, or add it to ~/.bashrc.

    zsh: run `source <(kit completion zsh)`, or add it to ~/.zshrc after compinit.

    fish: run `kit completion fish > ~/.config/fish/completions/kit.fish` once.

    Example: source <(kit completion bash)
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    data(get_completion_script(prog_name="kit", complete_var=VARIABLE, shell=shell.value))
