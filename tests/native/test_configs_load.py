"""The real programs load every rendered config: `validate` walks all of it without starting anything."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.render import render_files
from generator.target import Target
from generator.targets import NATIVE, TARGETS
from kit.provision import Program
from tests.generator.specs import SPECS, deployment

pytestmark = pytest.mark.native

FILES = {"otelcol": "collector/config.yaml", "jaeger": "jaeger/config.yaml"}


def validate(program: Program, config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program.command("validate", "--config", config),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def known_here(text: str) -> str:
    """A config without the one key that the image's Jaeger has, 2.20, and the native one, 2.13, has not."""
    return re.sub(r"^ *max_trace_size: [0-9]+\n", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("program", FILES)
def test_a_rendered_config_loads(
    programs: Mapping[str, Program], tmp_path: Path, name: str, target: Target, program: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(known_here(render_files(deployment(name, target, str(tmp_path)))[FILES[program]]))
    result = validate(programs[program], config)
    assert result.returncode == 0, result.stderr
    assert "deprecated" not in result.stderr


@pytest.mark.parametrize("program", FILES)
def test_validate_would_see_a_mistake(programs: Mapping[str, Program], tmp_path: Path, program: str) -> None:
    config = tmp_path / "config.yaml"
    text = render_files(deployment("minimal", NATIVE))[FILES[program]]
    config.write_text(text.replace("max_elapsed_time", "max_elapsd_time"))
    result = validate(programs[program], config)
    assert result.returncode != 0
    assert "max_elapsd_time" in result.stderr
