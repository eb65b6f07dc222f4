"""A target is one module and one line: `outline.py`, and its entry in the list of targets."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from generator.kit_yaml import parse_spec, starter_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.rules import examine
from generator.rules.scene import Scene
from generator.rules.text import ConfigText
from generator.spec.problem import SpecError
from generator.target import Target
from generator.targets import COMPOSE, NATIVE, TARGETS, target_named
from generator.tree.changes import FileState, changes
from generator.tree.write import write
from tests.generator.specs import SPECS
from tests.house.outline import OUTLINE, OUTLINE_FILE

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.targets.TARGETS", [*TARGETS, OUTLINE])


@pytest.mark.parametrize("name", SPECS)
def test_it_renders_every_spec(name: str, tmp_path: Path) -> None:
    deployment = resolve(parse_spec(SPECS[name]), target_named("outline"), PurePosixPath("/srv/shop"))
    files = dict(render_files(deployment))
    lines = files[OUTLINE_FILE].splitlines()
    assert [line.partition(":")[0] for line in lines[1:]] == [one.name for one in workloads_of(deployment)]
    assert "compose.yaml" not in files
    write(tmp_path, changes(tmp_path, render_files(deployment)), force=False)
    assert (tmp_path / OUTLINE_FILE).read_text() == files[OUTLINE_FILE]
    assert {change.state for change in changes(tmp_path, render_files(deployment))} == {FileState.SAME}


def found(name: str, target: Target) -> set[str]:
    spec, text = parse_spec(SPECS[name]), ConfigText("kit.yaml", SPECS[name])
    deployment = resolve(spec, target, PurePosixPath("/srv/shop"))
    return {one.rule.id for one in examine(Scene(spec, text, deployment, render_files(deployment), {}, ""))}


@pytest.mark.parametrize("name", SPECS)
def test_the_rules_find_no_more_than_for_compose(name: str) -> None:
    assert found(name, OUTLINE) <= found(name, COMPOSE)


def test_the_rules_look_at_its_files() -> None:
    """Rules about Jaeger and the collector need no Compose file."""
    assert {name: found(name, OUTLINE) for name in ("small", "tiny-queue", "unusual")} == {
        "small": {"KIT045"}, "tiny-queue": {"KIT052"}, "unusual": {"KIT034"},
    }  # fmt: skip


def test_its_containers_are_what_the_rules_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "KIT044" not in found("minimal", OUTLINE)
    shown = replace(OUTLINE, containers="tests.house.outline_containers")
    monkeypatch.setattr("generator.targets.TARGETS", [COMPOSE, NATIVE, shown])
    assert "KIT044" in found("minimal", OUTLINE)


def test_its_keys_are_in_the_spec() -> None:
    assert "\n# outline:" in starter_spec("shop")
    assert parse_spec("spec: 1\nname: shop\noutline: {bullet: '- '}\n")
    with pytest.raises(SpecError, match="bullet"):
        parse_spec("spec: 1\nname: shop\noutline: {bullets: '- '}\n")


def kit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the target registered."""
    return subprocess.run(
        [sys.executable, "-m", "tests.house.with_toys", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_commands_know_it(tmp_path: Path) -> None:
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: shop\n")
    assert "<compose|native|outline>" in kit(tmp_path, "validate", "--help").stdout
    checked = kit(tmp_path, "validate", "--target", "outline")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    started = kit(tmp_path, "up", "--target", "outline")
    assert started.returncode == 1
    assert "the kit only renders the target outline and can't run it" in started.stderr
    assert "next: " in started.stderr
    assert kit(tmp_path, "doctor").returncode in (0, 1)
