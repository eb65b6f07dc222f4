"""Rendered files on disk: what is written, what is left alone, and what survives a stop half way."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from generator.fileset import FileSet
from generator.tree.changes import FileState, changes
from generator.tree.errors import TreeError
from generator.tree.write import make_readable, write
from tests.small_disk import fill, needs_root, small_disk

FIRST = FileSet([("a/one.yaml", "1\n"), ("two.json", "{}\n")])
SECOND = FileSet([("a/one.yaml", "2\n"), ("two.json", "[]\n")])


def generate(root: Path, files: FileSet, *, force: bool = False) -> list[str]:
    return [change.path for change in write(root, changes(root, files), force=force)]


def states(root: Path, files: FileSet) -> dict[str, FileState]:
    return {change.path: change.state for change in changes(root, files)}


def test_a_second_time_writes_nothing(tmp_path: Path) -> None:
    assert generate(tmp_path, FIRST) == ["a/one.yaml", "two.json", "kit.lock"]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert generate(tmp_path, FIRST) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    generate(tmp_path, FIRST)
    half = FileSet([("a/one.yaml", "2\n"), ("two.json", "{}\n")])
    assert generate(tmp_path, half) == ["a/one.yaml", "kit.lock"]
    assert (tmp_path / "a/one.yaml").read_text() == "2\n"


def test_a_hand_edit_is_never_overwritten_unless_asked(tmp_path: Path) -> None:
    generate(tmp_path, FIRST)
    (tmp_path / "two.json").write_text("mine\n")
    with pytest.raises(TreeError, match=r"edited by hand.*two\.json"):
        generate(tmp_path, SECOND)
    assert (tmp_path / "two.json").read_text() == "mine\n"
    assert (tmp_path / "a/one.yaml").read_text() == "1\n"
    generate(tmp_path, SECOND, force=True)
    assert (tmp_path / "two.json").read_text() == "[]\n"
    assert set(states(tmp_path, SECOND).values()) == {FileState.SAME}


def test_a_file_that_was_there_before_the_kit_is_a_hand_edit(tmp_path: Path) -> None:
    (tmp_path / "two.json").write_text("mine\n")
    with pytest.raises(TreeError):
        generate(tmp_path, FIRST)
    assert not (tmp_path / "a").exists()


def test_an_edit_that_equals_the_new_render_is_in_nobodys_way(tmp_path: Path) -> None:
    generate(tmp_path, FIRST)
    (tmp_path / "two.json").write_text("[]\n")
    assert generate(tmp_path, SECOND) == ["a/one.yaml", "kit.lock"]


def test_what_is_rendered_no_more_is_removed_unless_edited(tmp_path: Path) -> None:
    generate(tmp_path, FIRST)
    less = FileSet([("a/one.yaml", "1\n")])
    (tmp_path / "two.json").write_text("mine\n")
    with pytest.raises(TreeError):
        generate(tmp_path, less)
    (tmp_path / "two.json").write_text("{}\n")
    assert generate(tmp_path, less) == ["two.json", "kit.lock"]
    assert not (tmp_path / "two.json").exists()


def test_the_lock_holds_every_files_hash(tmp_path: Path) -> None:
    generate(tmp_path, FIRST)
    lock = json.loads((tmp_path / "kit.lock").read_text())
    assert list(lock["files"]) == ["a/one.yaml", "two.json"]
    assert (
        lock["files"]["two.json"] == "sha256:ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"lock": 2, "files": {}}', '{"lock": 1}', '{"lock": 1, "files": [1]}']
)
def test_a_broken_lock_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "kit.lock").write_text(text)
    with pytest.raises(TreeError, match="not a lock"):
        changes(tmp_path, FIRST)


@pytest.mark.parametrize("stop_after", range(6))
def test_whatever_stops_it_no_file_is_half_written_and_the_next_run_completes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    """The n-th rename fails as on a full disk, and all that a killed process would leave is left."""
    generate(tmp_path, FIRST)
    calls = 0
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls > stop_after:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    if stop_after < 4:
        with pytest.raises(KeyboardInterrupt):
            generate(tmp_path, SECOND)
    else:
        generate(tmp_path, SECOND)
    monkeypatch.undo()
    assert (tmp_path / "a/one.yaml").read_text() in ("1\n", "2\n")
    assert (tmp_path / "two.json").read_text() in ("{}\n", "[]\n")
    found = states(tmp_path, SECOND)
    assert FileState.EDITED not in found.values()
    assert (set(found.values()) == {FileState.SAME}) == (stop_after >= 4)
    generate(tmp_path, SECOND)
    assert set(states(tmp_path, SECOND).values()) == {FileState.SAME}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "kit.lock", "one.yaml", "two.json"]


def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path, FIRST)

    def refuse(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(TreeError, match="No space left on device"):
        generate(tmp_path, SECOND)
    monkeypatch.undo()
    assert set(states(tmp_path, FIRST).values()) == {FileState.SAME}


@needs_root
@pytest.mark.parametrize("leave", [0, 8 << 10, 64 << 10])
def test_a_disk_that_is_really_full_keeps_every_file_whole(tmp_path: Path, leave: int) -> None:
    """Whatever fits before the disk is full, each file is the old or the new one; with room, the rest follows."""
    old = FileSet([(f"f{n}.txt", f"old {n}\n" * 2000) for n in range(8)])
    new = FileSet([(f"f{n}.txt", f"new {n}\n" * 2500) for n in range(8)])
    with small_disk(tmp_path, "1m"):
        generate(tmp_path, old)
        fill(tmp_path, leave)
        with pytest.raises(TreeError, match="No space left on device"):
            generate(tmp_path, new)
        for (path, before), (_, after) in zip(old, new, strict=True):
            assert (tmp_path / path).read_text() in (before, after)
        assert set(states(tmp_path, new).values()) <= {FileState.SAME, FileState.CHANGED}
        assert [path.name for path in tmp_path.iterdir() if "staged" in path.name] == []
        (tmp_path / "filler").unlink()
        generate(tmp_path, new)
        assert set(states(tmp_path, new).values()) == {FileState.SAME}


@pytest.mark.parametrize("obstacle", ["folder", "file"])
def test_something_else_in_a_files_place_is_told(tmp_path: Path, obstacle: str) -> None:
    if obstacle == "folder":
        (tmp_path / "two.json").mkdir()
    else:
        (tmp_path / "a").write_text("")
    with pytest.raises(TreeError, match=r"this is a folder|is a file"):
        changes(tmp_path, FIRST)


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o177, 0o777])
def test_whatever_the_umask_every_user_can_read_what_is_rendered(tmp_path: Path, mask: int) -> None:
    files = FileSet([("a/b/one.yaml", "1\n"), ("two.json", "{}\n")])
    root = tmp_path / "deployment"
    root.mkdir(0o700)
    before = os.umask(mask & 0o077)  # the owner has to reach it as well
    try:
        generate(root, files)
    finally:
        os.umask(before)
    (root / "a").chmod(0o700)
    make_readable(root, [path for path, _ in files])
    modes = {
        path: stat.S_IMODE((root / path).stat().st_mode) for path in ("a", "a/b", "a/b/one.yaml", "two.json")
    }
    assert all(modes[path] & 0o555 == 0o555 for path in ("a", "a/b")), modes
    assert all(modes[path] & 0o444 == 0o444 for path in ("a/b/one.yaml", "two.json")), modes
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
