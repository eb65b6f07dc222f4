"""Unusual deployments that are right: nothing is found, for either target."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator.target import Target
from generator.targets import COMPOSE, NATIVE, TARGETS
from kit.operate.validation import check, told

_FOLDER = Path(__file__).parent / "right"
RIGHT = sorted(path.name for path in _FOLDER.iterdir())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found(name: str, target: Target, tmp_path: Path) -> None:
    path = _FOLDER / name
    if path.is_dir():
        shutil.copytree(path, tmp_path, dirs_exist_ok=True)
    else:
        shutil.copy(path, tmp_path / "kit.yaml")
    assert told(check(tmp_path / "kit.yaml", target.name)) == []


def test_the_root_deployment_has_no_finding() -> None:
    root = Path(__file__).resolve().parents[2]
    assert told(check(root / "kit.yaml", COMPOSE.name)) == []
    assert told(check(root / "kit.yaml", NATIVE.name)) == []


def test_there_are_twelve_and_more() -> None:
    assert len(RIGHT) >= 12
