"""Compose itself merges its override file as the kit says; it needs no Docker for that."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from generator.overrides import Overrides
from generator.overrides.merge import merge_compose
from generator.overrides.parse import load_yaml
from generator.rules.compose_containers import compose_container
from generator.rules.scene import Scene
from tests.rules.scenes import HEAD, scene

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        not Path(__file__).parents[1].joinpath("docker", "plugin.py").exists(),
        reason="Compose is built by tests/docker/plugin.py, which is not there",
    ),
]

_RULES = Path(__file__).parents[1] / "rules"
OVERRIDES = sorted(str(path.parent.relative_to(_RULES)) for path in _RULES.glob("*/*/compose.override.yaml"))
# What Compose refuses, and the rule that says so without it.
REFUSED = {"KIT019": "depends_on: [kafka]", "KIT084": "mem_limit: 1g", "KIT086": "volumes: [backup:/b]"}


def compose(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert find_spec("tests.docker.plugin")
    program = import_module("tests.docker.plugin").compose_plugin()
    words = [str(program), "-f", "compose.yaml", "-f", "over.yaml", "config", *arguments]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def whole(tmp_path: Path) -> Scene:
    made = scene(HEAD, Overrides())
    (tmp_path / "compose.yaml").write_text(made.files["compose.yaml"])
    return made


@pytest.mark.parametrize("name", OVERRIDES)
def test_compose_merges_as_the_kit_says(name: str, tmp_path: Path, whole: Scene) -> None:
    over = (_RULES / name / "compose.override.yaml").read_text()
    (tmp_path / "over.yaml").write_text(over)
    result = compose(
        tmp_path, "--format", "json", "--no-interpolate", "--no-path-resolution", "--no-consistency"
    )
    assert result.returncode == 0, result.stderr
    own = seen(json.loads(result.stdout), whole)
    assert own == seen(merge_compose(load_yaml(whole.files["compose.yaml"]), load_yaml(over)), whole)


def seen(document: Mapping[str, Any], whole: Scene) -> dict[str, Any]:
    """What rules look at, in one form."""
    found = {}
    for name, data in document["services"].items():
        container = compose_container(name, data, whole.compose)
        said = data.get("environment") or {}
        pairs = (
            said.items()
            if isinstance(said, Mapping)
            else (item.split("=", 1) for item in said if "=" in item)
        )
        found[name] = {
            "environment": {key: str(value).replace("$$", "$") for key, value in pairs if value is not None},
            "ports": sorted((port.host, port.inside, port.address) for port in container.ports),
            "command": container.command,
            "mounts": sorted(mount.target for mount in container.mounts),
            "waits": {key: how.get("condition") for key, how in (data.get("depends_on") or {}).items()},
            "check": (data.get("healthcheck") or {}).get("test"),
            "image": data.get("image"),
        }
    return found


@pytest.mark.parametrize("rule", REFUSED)
def test_compose_refuses_what_the_rules_say_it_does(rule: str, tmp_path: Path, whole: Scene) -> None:
    from tests.rules.scenes import findings

    image = "" if rule == "KIT084" else "image: a:1, "
    over = f"services: {{stray: {{{image}{REFUSED[rule]}}}}}\n"
    (tmp_path / "over.yaml").write_text(over)
    assert compose(tmp_path, "-q").returncode != 0
    assert rule in {one.rule.id for one in findings({"compose.override.yaml": over})}
