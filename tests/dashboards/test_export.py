"""`kit dashboards export`: the files of this deployment, never over other files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_first_minutes import kit

SPEC = "spec: 1\nname: shop\n"
ALL = ["overview", "services", "coupons", "queues", "pipeline", "storage", "host"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kit.yaml").write_text(SPEC)
    return tmp_path


def _state(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_dashboards_are_written(folder: Path) -> None:
    done = kit(folder, "dashboards", "export", "out/deep", "--output", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [one["uid"] for one in answer["dashboards"]] == ALL
    assert {one["state"] for one in answer["dashboards"]} == {"written"}
    for one in answer["dashboards"]:
        document = json.loads((folder / one["file"]).read_text())
        assert (document["uid"], document["title"]) == (one["uid"], one["title"])
    assert len(list((folder / "out" / "deep").iterdir())) == len(ALL)


def test_they_are_the_rendered_ones(folder: Path) -> None:
    (folder / "kit.yaml").write_text(SPEC + "monitoring: {enabled: true}\n")
    assert kit(folder, "generate").returncode == 0
    assert kit(folder, "dashboards", "export", "out").returncode == 0
    assert _state(folder / "out") == _state(folder / "grafana" / "dashboards")


def test_a_second_export_changes_nothing(folder: Path) -> None:
    assert kit(folder, "dashboards", "export", "out").returncode == 0
    before = _state(folder)
    done = kit(folder, "dashboards", "export", "out", "--output", "json")
    assert {one["state"] for one in json.loads(done.stdout)["dashboards"]} == {"same"}
    assert _state(folder) == before


def test_other_files_are_kept_without_force(folder: Path) -> None:
    (folder / "host.json").write_text("mine")
    before = _state(folder)
    done = kit(folder, "dashboards", "export", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert "host.json" in done.stderr
    assert "overview.json" not in done.stderr
    assert "--force" in done.stderr
    assert _state(folder) == before
    assert kit(folder, "dashboards", "export", ".", "--force").returncode == 0
    assert json.loads((folder / "host.json").read_text())["uid"] == "host"


@pytest.mark.parametrize("target", ["kit.yaml", "kit.yaml/inside"])
def test_a_file_in_place_of_the_folder_is_a_mistake_of_the_user(folder: Path, target: str) -> None:
    done = kit(folder, "dashboards", "export", target)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "kit.yaml" in done.stderr
    assert (folder / "kit.yaml").read_text() == SPEC


def test_a_folder_in_place_of_a_file_is_a_mistake_of_the_user(folder: Path) -> None:
    (folder / "host.json").mkdir()
    done = kit(folder, "dashboards", "export", ".", "--force")
    assert done.returncode == 1
    assert "host.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "overview.json").exists()


def test_the_native_target_has_cassandra(folder: Path) -> None:
    assert kit(folder, "dashboards", "export", "a").returncode == 0
    assert kit(folder, "dashboards", "export", "b", "--native").returncode == 0
    assert "scylla_" in (folder / "a" / "storage.json").read_text()
    assert "cassandra_" in (folder / "b" / "storage.json").read_text()
