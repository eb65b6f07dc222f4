"""Explain why containers did not start."""

from __future__ import annotations

from kit.errors import MachineError
from kit.operate.compose.deployed import Deployed, deployed
from kit.operate.compose.project import Container, Project

_LAST_LINES = 12
_KILLED = 137


def told(project: Project) -> MachineError:
    """Return an error with each container that failed and the last lines of its log."""
    seen = {one.service: one for one in deployed(project.docker, project.name)}
    bad = [it for it in project.containers() if trouble(it, seen.get(it.service))]
    if not bad:
        return MachineError(
            "docker compose up --wait failed, its output is above",
            hint="kit status shows the containers, kit down removes them",
        )
    lines = []
    for container in bad:
        lines.append(f"{container.service}: {trouble(container, seen.get(container.service))}")
        log = project.last_lines(container.service, _LAST_LINES)
        lines += (
            ["  the last lines of its log:", *(f"    {line}" for line in log)]
            if log
            else ["  it printed nothing"]
        )
    first = bad[0].service
    hint = f"kit logs {first} shows the whole log, kit down removes the containers"
    short = [it.service for it in bad if (one := seen.get(it.service)) is not None and one.out_of_memory]
    if short:
        hint = (
            f"raise its limit in compose.override.yaml: services: {{{short[0]}: {{mem_limit: 512m}}}}, or its "
            f"`memory` in kit.yaml if it has this key; {hint}"
        )
    return MachineError("\n".join(lines), hint=hint)


def trouble(container: Container, seen: Deployed | None) -> str:
    """Describe the problem of a container; empty without one.

    Args:
        container: the container as Compose lists it.
        seen: the container as `docker inspect` shows it; None if that failed.
    """
    code = container.exit_code
    if seen is not None and seen.out_of_memory and container.state != "running":
        return f"killed, because it needed more memory than its limit of {seen.memory >> 20} MiB"
    if container.state == "exited" and code == _KILLED:
        return f"killed (exit code {code}), most often because memory ran out"
    if container.state == "exited" and code:
        return f"stopped with exit code {code}"
    if container.state in ("restarting", "dead"):
        return "does not stay up"
    return "is not healthy" if container.health == "unhealthy" else ""
