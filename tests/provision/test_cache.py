from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from kit.errors import MachineError
from kit.provision import damaged, forget, installed, provision
from kit.provision import part as part_module
from kit.provision.store import Store
from tests.provision.tiny import tiny_part, write

if TYPE_CHECKING:
    from pathlib import Path

    from kit.provision import Part
    from kit.provision.part import Bench


class Counted:
    """A recipe that counts how often it was used."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, bench: Bench) -> None:
        self.times += 1
        write(bench)


@pytest.fixture
def recipe() -> Counted:
    return Counted()


@pytest.fixture
def part(recipe: Counted) -> Part:
    return tiny_part(recipe)


def obtain(part: Part, cache: Path) -> Path:
    return provision([part.name], cache_root=cache, parts={part.name: part})[part.name].executable


def test_a_part_is_made_once(part: Part, recipe: Counted, tmp_path: Path) -> None:
    first = obtain(part, tmp_path)
    assert first.read_text() == "tiny program"
    assert obtain(part, tmp_path) == first
    assert recipe.times == 1


def test_only_the_complete_folder_stays(part: Part, tmp_path: Path) -> None:
    folder = obtain(part, tmp_path).parent
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "program"]
    assert list(folder.parent.iterdir()) == [folder]
    assert list((tmp_path / "downloads").iterdir()) == []


def test_the_cache_is_where_the_variable_says(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE_DIR", str(tmp_path / "elsewhere"))
    program = provision(["tiny"], parts={"tiny": part})["tiny"]
    assert program.executable.is_relative_to(tmp_path / "elsewhere")


def test_a_failed_recipe_leaves_nothing_but_its_downloads(tmp_path: Path) -> None:
    def fail(bench: Bench) -> None:
        (bench.folder / "program").write_text("half")
        (bench.scratch / "object").write_text("half")
        (bench.downloads / "archive").write_text("whole")
        raise MachineError("the compiler failed")

    part = tiny_part(fail)
    with pytest.raises(MachineError, match="the compiler failed"):
        obtain(part, tmp_path)
    assert list(Store(tmp_path).folder(part).parent.iterdir()) == []
    assert [file.name for file in (tmp_path / "downloads" / "tiny").iterdir()] == ["archive"]
    assert installed(["tiny"], cache_root=tmp_path, parts={"tiny": part}) == {}


def test_a_folder_without_manifest_is_replaced(part: Part, recipe: Counted, tmp_path: Path) -> None:
    folder = Store(tmp_path).folder(part)
    folder.mkdir(parents=True)
    (folder / "program").write_text("half a program")
    assert obtain(part, tmp_path).read_text() == "tiny program"
    assert recipe.times == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"key": 1, "files": {}}', "\x00\x00"])
def test_a_broken_manifest_is_no_manifest(part: Part, recipe: Counted, tmp_path: Path, text: str) -> None:
    program = obtain(part, tmp_path)
    (program.parent / "manifest.json").write_text(text)
    assert obtain(part, tmp_path).read_text() == "tiny program"
    assert recipe.times == 2


def test_a_file_that_was_cut_short_is_noticed_at_once(part: Part, recipe: Counted, tmp_path: Path) -> None:
    program = obtain(part, tmp_path)
    seen = program.stat()
    program.write_text("tiny")
    os.utime(program, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert installed(["tiny"], cache_root=tmp_path, parts={"tiny": part}) == {}
    assert obtain(part, tmp_path).read_text() == "tiny program"
    assert recipe.times == 2


def test_a_missing_file_is_noticed_at_once(part: Part, recipe: Counted, tmp_path: Path) -> None:
    obtain(part, tmp_path).unlink()
    assert obtain(part, tmp_path).read_text() == "tiny program"
    assert recipe.times == 2


def test_a_file_changed_in_place_is_noticed_at_once(part: Part, recipe: Counted, tmp_path: Path) -> None:
    program = obtain(part, tmp_path)
    seen = program.stat()
    program.write_text("tiny pro-ram")
    os.utime(program, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1))
    assert obtain(part, tmp_path).read_text() == "tiny program"
    assert recipe.times == 2


def test_a_file_corrupted_behind_its_time_is_found_by_hashing(part: Part, tmp_path: Path) -> None:
    parts = {"tiny": part}
    program = obtain(part, tmp_path)
    assert damaged(["tiny"], cache_root=tmp_path, parts=parts) == {}
    seen = program.stat()
    program.write_text("tiny pro-ram")
    os.utime(program, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert "tiny" in installed(["tiny"], cache_root=tmp_path, parts=parts)
    assert damaged(["tiny"], cache_root=tmp_path, parts=parts) == {"tiny": ["program"]}
    forget(["tiny"], cache_root=tmp_path, parts=parts)
    assert obtain(part, tmp_path).read_text() == "tiny program"
    assert damaged(["tiny"], cache_root=tmp_path, parts=parts) == {}


def test_hashing_finds_a_missing_manifest_and_a_missing_file(part: Part, tmp_path: Path) -> None:
    parts = {"tiny": part}
    program = obtain(part, tmp_path)
    program.unlink()
    assert damaged(["tiny"], cache_root=tmp_path, parts=parts) == {"tiny": ["program"]}
    (program.parent / "manifest.json").unlink()
    assert damaged(["tiny"], cache_root=tmp_path, parts=parts) == {"tiny": ["manifest.json"]}


def test_a_cache_restored_with_other_times_is_used(part: Part, recipe: Counted, tmp_path: Path) -> None:
    program = obtain(part, tmp_path / "first")
    shutil.copytree(tmp_path / "first", tmp_path / "second", copy_function=shutil.copyfile)
    os.utime(program, ns=(1, 1))
    restored = obtain(part, tmp_path / "second")
    os.utime(restored, ns=(2, 2))
    assert obtain(part, tmp_path / "second") == restored
    assert f'"mtime_ns": {restored.stat().st_mtime_ns}' in (restored.parent / "manifest.json").read_text()
    assert recipe.times == 1


def test_another_recipe_gets_a_folder_of_its_own(recipe: Counted, tmp_path: Path) -> None:
    old = obtain(tiny_part(recipe, recipe=("-O1",)), tmp_path)
    new = obtain(tiny_part(recipe, recipe=("-O2",)), tmp_path)
    assert old != new
    assert old.exists()
    assert recipe.times == 2


def test_another_lock_gets_a_folder_of_its_own(
    recipe: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_module, "LOCKS", tmp_path / "locks")
    lock = tmp_path / "locks" / "some" / "requirements.txt"
    lock.parent.mkdir(parents=True)
    part = tiny_part(recipe, locks=("some",))
    lock.write_text("tiny==1.0 --hash=sha256:aa")
    old = obtain(part, tmp_path)
    lock.write_text("tiny==1.0 --hash=sha256:bb")
    assert obtain(part, tmp_path) != old
    assert recipe.times == 2


def test_a_folder_made_for_another_key_is_not_used(recipe: Counted, tmp_path: Path) -> None:
    old, new = tiny_part(recipe, recipe=("-O1",)), tiny_part(recipe, recipe=("-O2",))
    obtain(old, tmp_path)
    Store(tmp_path).folder(old).rename(Store(tmp_path).folder(new))
    assert installed(["tiny"], cache_root=tmp_path, parts={"tiny": new}) == {}
    obtain(new, tmp_path)
    assert recipe.times == 2


def test_the_part_is_the_very_folder_that_was_filled(tmp_path: Path) -> None:
    seen: list[int] = []

    def make(bench: Bench) -> None:
        write(bench)
        seen.append(bench.folder.stat().st_ino)

    # A copy would be there in part before it is complete.
    assert obtain(tiny_part(make), tmp_path).parent.stat().st_ino == seen[0]


def test_a_read_only_folder_in_the_way_is_removed(tmp_path: Path) -> None:
    def fail(bench: Bench) -> None:
        # Go's module cache looks like this.
        module = bench.scratch / "module"
        module.mkdir()
        (module / "file").write_text("")
        module.chmod(0o555)
        raise MachineError("stop")

    part = tiny_part(fail)
    with pytest.raises(MachineError, match="stop"):
        obtain(part, tmp_path)
    assert list(Store(tmp_path).folder(part).parent.iterdir()) == []


def test_nothing_is_written_when_it_is_only_asked(part: Part, tmp_path: Path) -> None:
    assert installed(["tiny"], cache_root=tmp_path / "cache", parts={"tiny": part}) == {}
    assert damaged(["tiny"], cache_root=tmp_path / "cache", parts={"tiny": part}) == {}
    assert list(tmp_path.iterdir()) == []
