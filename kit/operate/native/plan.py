"""The plan of a native start: files, programs, processes."""

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
# Not native parts, so nothing has to be obtained for them.
_HERE = {_PYTHON, COMMAND}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that `up` will start.

    Attributes:
        deployment: The deployment to start.
        home: The home that it runs in.
        files: Rendered configs, with paths relative to the home.
        processes: Processes, in start order.
    """

    deployment: Deployment
    home: Home
    files: FileSet
    processes: Sequence[Process]

    @property
    def parts(self) -> list[str]:
        """Names of the native parts that it needs."""
        return sorted({process.program for process in self.processes} - _HERE)

    def commands(self, programs: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """Return the start of each program's command, before its arguments."""
        return {**programs, _PYTHON: [sys.executable], COMMAND: []}

    def fingerprint(self, programs: Mapping[str, Sequence[str]]) -> str:
        """Return a hash of everything that would be started."""
        digest = hashlib.sha256(config_text(self.home, self.processes, self.commands(programs)).encode())
        for path, text in self.files:
            digest.update(f"{path}\0{text}\0".encode())
        return digest.hexdigest()

    def write(self, programs: Mapping[str, Sequence[str]]) -> None:
        """Write the files and create the folders."""
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
