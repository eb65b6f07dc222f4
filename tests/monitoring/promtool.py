"""promtool, Prometheus's own checker of configs and rules."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from kit.provision import Program


class Promtool:
    """The program beside Prometheus, with a folder to work in."""

    def __init__(self, prometheus: Program, folder: Path) -> None:
        self._program = prometheus.executable.with_name("promtool")
        self._folder = folder

    def run(self, *arguments: str | Path) -> str:
        """Run it; fails with its output if it finds a mistake."""
        done = subprocess.run(
            [self._program, *arguments], cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def test_rules(self, rules: str, tests: Sequence[Mapping[str, Any]], recording: str = "") -> None:
        """Evaluate rules over series of samples, one a minute; those that record series come first."""
        files = {"recording.yml": recording or "groups: []", "rules.yml": rules}
        for name, text in files.items():
            (self._folder / name).write_text(text)
        document = {"rule_files": list(files), "evaluation_interval": "1m", "tests": list(tests)}
        (self._folder / "tests.yml").write_text(yaml.safe_dump(document))
        self.run("test", "rules", "tests.yml")
