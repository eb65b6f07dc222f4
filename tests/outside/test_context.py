"""The build context of the kit's own image, in a folder that is no checkout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from kit.image.context import context_of, difference
from kit.image.copied import copied
from tests.cli.test_first_minutes import kit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kit(tmp_path, "init", "--name", "x")
    assert kit(tmp_path, "generate").returncode == 0
    return tmp_path


def test_compose_builds_from_the_folder_that_is_there(folder: Path) -> None:
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    (context,) = {service["build"]["context"] for service in services.values() if "build" in service}
    assert (folder / context).resolve() == folder / "image"


def test_it_holds_all_that_the_dockerfile_copies_and_the_same(folder: Path) -> None:
    dockerfile = (folder / "image/Dockerfile").read_text()
    assert dockerfile == (ROOT / "Dockerfile").read_text()
    assert "kit" in copied(dockerfile)
    for name in copied(dockerfile):
        for path in (ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name]:
            if path.is_file() and "__pycache__" not in path.parts:
                assert (folder / "image" / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    assert not list(folder.rglob("__pycache__"))


def test_a_checkout_is_its_own_context() -> None:
    assert context_of(ROOT) == "."
    assert difference(ROOT) is None


def test_check_notices_and_generate_mends(folder: Path) -> None:
    assert kit(folder, "generate", "--check").returncode == 0
    (folder / "image/kit/terminal.py").write_text("changed")
    result = kit(folder, "generate", "--check", "--output", "json")
    assert result.returncode == 1
    assert not json.loads(result.stdout)["ok"]
    assert "differs: image/" in result.stderr
    assert kit(folder, "generate").returncode == 0
    assert kit(folder, "generate", "--check").returncode == 0


def test_what_an_older_kit_left_goes_and_what_is_not_the_kits_stays(folder: Path) -> None:
    image = folder / "image"
    (image / "kit/gone.py").write_text("of an older kit")
    (image / "mine.txt").write_text("mine")
    listed = image / "FILES"
    listed.write_text(listed.read_text() + "kit/gone.py\n../kit.yaml\n")
    assert kit(folder, "generate").returncode == 0
    assert not (image / "kit/gone.py").exists()
    assert (image / "mine.txt").exists()
    assert (folder / "kit.yaml").exists(), "a list that points outside is not followed"


def test_a_folder_of_someone_else_is_not_touched(folder: Path) -> None:
    shutil.rmtree(folder / "image")
    (folder / "image").mkdir()
    (folder / "image/cat.png").write_text("meow")
    result = kit(folder, "generate")
    assert result.returncode == 1
    assert "is not the kit's" in result.stderr
    assert [path.name for path in (folder / "image").iterdir()] == ["cat.png"]


def test_copied_reads_copy_and_leaves_other_stages() -> None:
    text = "FROM a AS b\nCOPY --chown=1:1 x y ./\n# COPY n n\nCOPY --from=b /o /o\nRUN echo it's\nCOPY k k\n"
    assert copied(text) == ["x", "y", "k"]
