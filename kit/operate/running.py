"""Which target runs in a folder."""

from __future__ import annotations

from pathlib import Path

from generator.targets import COMPOSE, NATIVE
from kit.operate.compose.project import Project
from kit.operate.native.home import Home


def native_runs(home: Home) -> bool:
    """Whether a native deployment runs there."""
    if not home.path.exists():
        return False
    from kit.operate.native.supervisor import Supervisor

    return Supervisor.find(home) is not None


def target_in(folder: Path) -> Target:
    """The native target where it runs in a folder, else Compose."""
    return NATIVE if native_runs(Home.of(folder)) else COMPOSE


def project_with_containers(folder: Path) -> Project | None:
    """The Compose project of a folder, when it has containers, stopped ones too; a native deployment comes first."""
    if native_runs(Home.of(folder)):
        return None
    project = Project.of(folder)
    return project if project is not None and project.containers() else None
