"""Each rule of the style finds its pattern, and leaves plain sentences alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from words.passages import Kind, Passage
from words.vale import CONFIG, PROGRAM, alerts

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="`make lint` builds Vale")

BAD = {
    "Told": "The program is told where the file is.",
    "Had": "A newer image is had from the registry.",
    "Amounts": "It waits at most that long.",
    "Persons": "An option for who asks for less.",
    "GoesOn": "The consumer goes on with the next entry.",
    "Whose": "The port is theirs.",
    "WhatNoun": "It is filled from what the sender keeps.",
    "WhatFirst": "What the program prints about a config.",
    "SuchAs": "A list of names, as X, is accepted.",
    "OldWords": "The config is rendered anew.",
    "Semicolons": "One is read; one is written; one is lost.",
}
GOOD = [
    "The limit of the queue, such as X, is checked before the collector starts.",
    "What does the endpoint wait for?",
    "If you need another port, set X.",
    "A trace is always kept or dropped as a whole; see X.",
    "The value is used as long as the file exists.",
]


def _found(text: str) -> list[str]:
    return [one.rule for one in alerts([Passage(Path("page.md"), 1, Kind.DOC, text)])]


def test_every_rule_has_an_example() -> None:
    assert set(BAD) == {file.stem for file in (CONFIG.parent / "Plain").glob("*.yml")}


@pytest.mark.parametrize("rule", BAD)
def test_a_rule_finds_its_pattern(rule: str) -> None:
    assert set(_found(BAD[rule])) == {rule}


@pytest.mark.parametrize("text", GOOD)
def test_plain_sentences_pass(text: str) -> None:
    assert _found(text) == []


def test_alerts_name_the_passage() -> None:
    good, bad = (Passage(Path("a.md"), 3, Kind.DOC, text) for text in (GOOD[0], BAD["Told"]))
    assert [one.passage for one in alerts([good, bad, good])] == [bad]


def test_neighbours_without_a_full_stop_are_not_joined() -> None:
    texts = ["one is read; one is written", "one is lost; one is sent"]
    assert alerts([Passage(Path("a.py"), 1, Kind.MESSAGE, text) for text in texts]) == []


def test_the_command_prints_places_and_fails(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"{GOOD[0]}\n\n{BAD['Had']}\n\n{'word ' * 40}end.\n")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)  # noqa: S607
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "words"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("page.md:3: Had: 'is had'")
    assert lines[1].startswith("page.md:5: Length: 41 words, at most 35")
    assert lines[-1] == "2 to mend"
