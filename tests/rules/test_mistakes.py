"""The mistakes that people make, each with the whole message they get.

`KIT_SNAPSHOTS=write pytest tests/rules/test_mistakes.py` writes the messages; then read them as who gets them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from findings import formats
from findings.rule import Severity
from generator.targets import COMPOSE
from kit.operate.validation import check, told

_FOLDER = Path(__file__).parent / "mistakes"
MISTAKES = sorted(path.name for path in _FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_FOLDER / name)
    found = check(Path("kit.yaml"), COMPOSE.name)
    message = "\n".join([*told(found), formats.summary(found)]) + "\n"
    snapshot = Path("message.txt")
    if os.environ.get("KIT_SNAPSHOTS") == "write":
        snapshot.write_text(message)
    assert found
    assert message == snapshot.read_text()


@pytest.mark.parametrize("name", MISTAKES)
def test_every_finding_names_a_line_of_a_file_that_the_person_wrote(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_FOLDER / name)
    for one in check(Path("kit.yaml"), COMPOSE.name):
        assert one.place is not None
        assert one.place.line > 0
        assert Path(one.place.file).is_file()
        said = rf"{re.escape(str(one.place))}: ({'|'.join(Severity)}) {one.rule.id}: "
        assert re.match(said, told([one])[0])


def test_there_are_twenty_and_more() -> None:
    assert len(MISTAKES) >= 20
