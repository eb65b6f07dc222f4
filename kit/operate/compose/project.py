"""A deployment's Compose project and the current state of its containers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.targets.compose import COMPOSE_FILE
from kit.errors import MachineError
from kit.operate.compose.docker import Docker, last_line
from kit.operate.compose.files import merged_over_stdin, variables
from kit.operate.log_query import LogQuery
from kit.terminal import data

_NAME = re.compile(r"^name: \"?([a-z0-9_-]+)", re.MULTILINE)
_UNITS = {"B": 1, "kB": 1000, "KiB": 1 << 10, "MB": 10**6, "MiB": 1 << 20, "GB": 10**9, "GiB": 1 << 30}
_USED = re.compile(r"([\d.]+)\s*([kKMG]?i?B)")


@dataclass(frozen=True, slots=True)
class Container:
    """One container.

    Attributes:
        service: Its service in the Compose file.
        state: Its state in Docker's words, such as `running` or `exited`.
        health: `healthy`, `unhealthy` or `starting`; empty without a health check.
        exit_code: Its exit code, once it has ended.
        ports: Port on this machine by port in the container.
        image: Its image as named in the Compose file; empty if Compose does not report it.
    """

    id: str
    service: str
    state: str
    health: str
    exit_code: int
    ports: Mapping[int, int]
    image: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A Compose project, found by name, because its files may have changed or need variables that are no longer set."""

    docker: Docker
    name: str

    @classmethod
    def of(cls, folder: Path) -> Project | None:
        """Return the project of a folder; None without a rendered Compose file, or without Docker."""
        try:
            rendered = (folder / COMPOSE_FILE).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return cls.rendered_as(rendered, folder)

    @classmethod
    def rendered_as(cls, rendered: str, folder: Path) -> Project | None:
        """Return the project of a Compose file in a folder; None if it has no name, or without Docker."""
        docker = Docker(folder.resolve())
        found = _NAME.search(rendered)
        if found is None or not docker.installed:
            return None
        return cls(docker, _chosen_name(docker, rendered) or found[1])

    def containers(self) -> list[Container]:
        """Return all containers, stopped ones too; empty if Docker does not answer."""
        done = self.docker.ask(["compose", "-p", self.name, "ps", "--all", "--format", "json"])
        return [_container(row) for row in _rows(done.stdout)] if done.returncode == 0 else []

    def volumes(self) -> list[str]:
        """Return the names of its volumes."""
        mine = f"label=com.docker.compose.project={self.name}"
        return self.docker.ask(["volume", "ls", "--quiet", "--filter", mine]).stdout.split()

    def pids(self) -> dict[str, int]:
        """Return the process id of each running service, on Docker's machine."""
        running = {it.id: it.service for it in self.containers() if it.state == "running"}
        if not running:
            return {}
        told = self.docker.answer(["inspect", "--format", "{{.Id}} {{.State.Pid}}", *running])
        pids = dict(line.split() for line in told.splitlines())
        return {
            service: int(pid)
            for key, service in running.items()
            for full, pid in pids.items()
            if full.startswith(key)
        }

    def memory(self) -> dict[str, int]:
        """Return the memory in use by each running service, in bytes."""
        running = {it.id: it.service for it in self.containers() if it.state == "running"}
        if not running:
            return {}
        told = self.docker.answer(["stats", "--no-stream", "--format", "{{.ID}} {{.MemUsage}}", *running])
        used: dict[str, int] = {}
        for line in told.splitlines():
            key, _, usage = line.partition(" ")
            service = next((name for full, name in running.items() if full.startswith(key[:12])), "")
            if found := _USED.match(usage):
                used[service] = int(float(found[1]) * _UNITS.get(found[2], 1))
        return used

    def inside(self, arguments: Sequence[str], *, services: Sequence[str], image: str) -> str:
        """Run a Python module of the kit in the deployment's network and return its output.

        Args:
            arguments: the arguments of `python -m`.
            services: services with the kit's own image: the first one that is up runs the module.
            image: the kit's own image, for a new container if none is up.

        Raises:
            MachineError: the module fails.
        """
        running = {it.service: it.id for it in self.containers() if it.state == "running"}
        where = next((running[name] for name in services if name in running), None)
        if where is not None:
            words = ["exec", where, "python"]
        else:
            words = ["run", "--rm", "--pull", "never", "--network", f"{self.name}_default", image]
        done = self.docker.ask([*words, "-m", *arguments])
        if done.returncode:
            raise MachineError(
                f"a command in the deployment's network failed: {last_line(done.stderr)}", hint="kit status"
            )
        return done.stdout

    def down(self, *, remove_data: bool) -> None:
        """Stop and remove the containers and their network; with `remove_data` also all volumes of the project.

        Raises:
            MachineError: Docker refuses.
        """
        options = ["--volumes"] if remove_data else []
        if self.docker.show(["compose", "-p", self.name, "down", *options], to_stderr=True):
            raise MachineError(
                f"docker compose down failed for the project {self.name}", hint="its output is above"
            )
        # Compose only removes volumes named in its current file: others come from an earlier spec, or mark the folder.
        left = self.volumes() if remove_data else []
        if left:
            self.docker.answer(["volume", "rm", *left])

    def logs(self, components: Sequence[str], query: LogQuery) -> int:
        """Print logs; return the exit code."""
        options = ["--follow"] if query.follow else []
        for name, moment in (("--since", query.since), ("--until", query.until)):
            options += [name, moment.isoformat()] if moment is not None else []
        command = ["compose", "-p", self.name, "logs", *options]
        if query.pattern is None:
            tail = "all" if query.lines is None else str(query.lines)
            return self.docker.show([*command, "--tail", tail, *components])
        # The container's name before the line is not part of it.
        matching = (
            line
            for line in self.docker.lines([*command, *components])
            if query.takes(line.partition(" | ")[2] or line, None)
        )
        if query.follow:
            for line in matching:
                data(line)
            return 0
        by_container: dict[str, list[str]] = {}
        for line in matching:
            by_container.setdefault(line.partition(" | ")[0], []).append(line)
        for lines in by_container.values():
            for line in query.last(lines):
                data(line)
        return 0

    def last_lines(self, component: str, lines: int) -> list[str]:
        """Return the last lines of one component's log, without a prefix."""
        options = ["--no-log-prefix", "--no-color", "--tail", str(lines)]
        return self.docker.ask(["compose", "-p", self.name, "logs", *options, component]).stdout.splitlines()


def _chosen_name(docker: Docker, rendered: str) -> str:
    """Return Compose's name of the project, from `.env` and the user's files too; empty if unknown.

    Variables are not interpolated, so that a missing one does not make this fail.
    """
    command = ["compose", *merged_over_stdin(docker.folder), "config", "--no-interpolate", "--format", "json"]
    try:
        told = docker.ask(command, text=rendered)
        return str(json.loads(told.stdout)["name"]) if told.returncode == 0 else _from_environment(docker)
    except (MachineError, ValueError, KeyError, TypeError):
        return _from_environment(docker)


def _from_environment(docker: Docker) -> str:
    return variables(docker.folder).get("COMPOSE_PROJECT_NAME") or ""


def _rows(text: str) -> list[dict[str, Any]]:
    # From Compose 2.21 on one object a line, before that one list.
    if text.lstrip().startswith("["):
        rows: list[dict[str, Any]] = json.loads(text)
        return rows
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _container(row: Mapping[str, Any]) -> Container:
    published = row.get("Publishers") or []
    return Container(
        id=str(row["ID"]),
        service=str(row["Service"]),
        state=str(row["State"]),
        health=str(row.get("Health") or ""),
        exit_code=int(row.get("ExitCode") or 0),
        ports={
            int(it["TargetPort"]): int(it["PublishedPort"]) for it in published if it.get("PublishedPort")
        },
        image=str(row.get("Image") or ""),
    )
