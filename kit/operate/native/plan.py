"""What a native start consists of: files, programs, processes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.render import render_files, workloads_of
from generator.targets.native import Process, processes
from generator.workload import COMMAND
from kit.operate.native.home import Home
from kit.operate.native.supervisor import config_text

_PYTHON = "python"
# What is no native part: nothing has to be obtained for it.
_HERE = {_PYTHON, COMMAND}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that `up` will start.

    Attributes:
        files: rendered configs, relative to the home.
        processes: in the order of their start.
    """

    deployment: Deployment
    home: Home
    files: FileSet
    processes: Sequence[Process]

    @property
    def parts(self) -> list[str]:
        """The native parts that must be there."""
        return sorted({process.program for process in self.processes} - _HERE)

    def commands(self, programs: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """The words before each program's arguments."""
        return {**programs, _PYTHON: [sys.executable], COMMAND: []}

    def fingerprint(self, programs: Mapping[str, Sequence[str]]) -> str:
        """A hash that differs when anything would be started differently."""
        digest = hashlib.sha256(config_text(self.home, self.processes, self.commands(programs)).encode())
        for path, text in self.files:
            digest.update(f"{path}\0{text}\0".encode())
        return digest.hexdigest()

    def write(self, programs: Mapping[str, Sequence[str]]) -> None:
        """Lay the files and folders out."""
        self.home.logs.mkdir(parents=True, exist_ok=True)
        for path, text in self.files:
            target = self.home.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        for process in self.processes:
            for folder in process.folders:
                Path(folder).mkdir(parents=True, exist_ok=True)
        self.home.config.write_text(
            config_text(self.home, self.processes, self.commands(programs)), encoding="utf-8"
        )


def plan(deployment: Deployment, home: Home) -> Plan:
    """Plan a native start of a deployment."""
    started = processes(deployment.network, workloads_of(deployment))
    return Plan(deployment, home, render_files(deployment), started)
