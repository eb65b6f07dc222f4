"""The step that makes secrets in a volume: random, readable for their owner only, never made anew."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kit.operate.inside import owned
from kit.operate.inside.made_secrets import main


def _as_owner(folder: Path, *names: str) -> int:
    return main(str(folder), *names)


def test_each_is_random_and_its_owners(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        assert _as_owner(tmp_path, "one", "two") == 0
    finally:
        os.umask(old)
    one, two = ((tmp_path / name).read_text() for name in ("one", "two"))
    assert one != two
    assert min(len(one), len(two)) >= 32
    for name in ("one", "two"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_second_start_keeps_them(tmp_path: Path) -> None:
    assert _as_owner(tmp_path, "one") == 0
    before = (tmp_path / "one").read_text()
    assert _as_owner(tmp_path, "one", "two") == 0
    assert (tmp_path / "one").read_text() == before


def test_an_interrupted_start_is_continued(tmp_path: Path) -> None:
    (tmp_path / "one.partial").write_text("half")
    assert _as_owner(tmp_path, "one") == 0
    assert "half" not in (tmp_path / "one").read_text()
    assert not (tmp_path / "one.partial").exists()


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kit.operate.inside.made_secrets", str(tmp_path), "one"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "one").exists()


def test_a_volume_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "main", lambda folder, user: 1)
    assert _as_owner(tmp_path, "one") == 1
    assert not (tmp_path / "one").exists()
