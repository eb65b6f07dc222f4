"""`kit down` for containers."""

from __future__ import annotations

from kit.errors import MachineError
from kit.operate.compose.project import Project


def stop(project: Project, *, remove_data: bool) -> None:
    """Stop and remove the containers and their network; with `remove_data` their volumes too.

    Raises:
        MachineError: Docker refuses.
    """
    options = ["--volumes"] if remove_data else []
    if project.docker.show(["compose", "-p", project.name, "down", *options], to_stderr=True):
        raise MachineError(
            f"docker compose down failed for the project {project.name}", hint="what it said stands above"
        )
