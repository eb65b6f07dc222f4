"""`kit versions`: the table of pins is that of the spec's defaults, and digests are those that Docker has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.pins import PINS
from generator.render import workloads_of
from kit.operate.compose.digests import digest_of
from tests.generator.specs import deployment

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + "a" * 64


def test_each_pin_is_what_a_deployment_runs() -> None:
    """A pin that is raised in a component has to be raised in the table."""
    images = {
        workload.name: workload.image
        for name in ("minimal", "cassandra")
        for workload in workloads_of(deployment(name))
    }
    base = re.search(r"python:([0-9.]+)-", (ROOT / "Dockerfile").read_text())
    assert base is not None
    images["python"] = f"python:{base[1]}"
    for pin in PINS:
        tag = images[pin.component].partition("@")[0].rpartition(":")[2]
        assert tag.removeprefix("v") == pin.version, pin.component
    assert {pin.component for pin in PINS} == {name for name, image in images.items() if ":" in image}


@pytest.mark.parametrize(
    ("image", "printed", "found"),
    [
        ("redis:7.4.11", f"redis@{DIGEST}", f"redis:7.4.11@{DIGEST}"),
        ("redis:7.4.11", f"other@sha256:b docker.io/library/redis@{DIGEST}", f"redis:7.4.11@{DIGEST}"),
        ("a.local:5000/x/redis:7", f"a.local:5000/x/redis@{DIGEST}", f"a.local:5000/x/redis:7@{DIGEST}"),
        ("redis:7.4.11", "", ""),
        (f"redis:7@{DIGEST}", "never asked", f"redis:7@{DIGEST}"),
    ],
)
def test_a_digest_is_the_one_that_docker_pulled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: str, printed: str, found: str
) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\necho '{printed}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert digest_of(tmp_path, image) == found
