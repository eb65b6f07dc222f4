"""`kit completion`: the scripts it prints, in the shells they are for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from kit.cli.traces import app as traces
from kit.cli.verbs import VERBS
from tests.cli.test_first_minutes import kit

TRACES = set(get_command(traces).list_commands(None))  # type: ignore[attr-defined]


def in_shell(folder: Path, *command: str, **environment: str) -> str:
    """What a shell prints, with `kit` on its path; nothing may come on stderr."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "kit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kit "$@"\n')
    program.chmod(0o755)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def fits_in_bash(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    script = f"""
source <(kit completion bash)
COMP_WORDS=({" ".join(f'"{word}"' for word in words)}); COMP_CWORD={len(words) - 1}
$(complete -p kit | sed 's/.*-F \\([^ ]*\\).*/\\1/') kit
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return in_shell(folder, "bash", "-c", script).split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("kit", ""), set(VERBS)),
        (("kit", "val"), {"validate"}),
        (("kit", "traces", ""), TRACES),
        (("kit", "traces", "sl"), {"slowest"}),
        (("kit", "traces", "endpoints", "--fail"), {"--fail-on"}),
        (("kit", "schema", "a"), {"apply"}),
        (("kit", "up", "--tar"), {"--target"}),
        (("kit", "completion", ""), {"bash", "zsh", "fish"}),
        (("kit", "nonsense", ""), set(VERBS)),
    ],
)
def test_bash_offers_what_fits(tmp_path: Path, words: tuple[str, ...], offered: set[str]) -> None:
    assert set(fits_in_bash(tmp_path, *words)) == offered
    assert not {path.name for path in tmp_path.iterdir()} - {"bin"}, "no start file is touched"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_other_shells_are_taken_by_them(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    load = "autoload -Uz compinit; compinit -u; source <(kit completion zsh); print ok"
    if shell == "fish":
        load = "kit completion fish | source; complete -C 'kit traces sl'; echo ok"
    assert "ok" in in_shell(tmp_path, shell, "-c", load)


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("zsh", {"_TYPER_COMPLETE_ARGS": "kit traces sl"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "kit traces sl", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_what_their_scripts_ask_is_answered(tmp_path: Path, shell: str, asked: dict[str, str]) -> None:
    script = kit(tmp_path, "completion", shell).stdout
    assert f"_KIT_COMPLETE=complete_{shell}" in script
    answer = kit(tmp_path, _KIT_COMPLETE=f"complete_{shell}", **asked)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "slowest" in answer.stdout


def test_an_unknown_shell_is_wrong_usage(tmp_path: Path) -> None:
    answer = kit(tmp_path, "completion", "tcsh")
    assert answer.returncode == 2
    assert "'tcsh'" in answer.stderr


def test_the_options_that_edited_start_files_are_gone(tmp_path: Path) -> None:
    folders = {f"kit.cli.{name}" for name in VERBS} | {f"kit.cli.traces.{name}" for name in TRACES}
    for module in folders:
        command = get_command(import_module(module.replace("-", "_")).app)
        assert "completion" not in " ".join(str(parameter.name) for parameter in command.params), module
    for verb in ((), ("logs",)):
        assert kit(tmp_path, *verb, "--install-completion").returncode == 2
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".bash")]
