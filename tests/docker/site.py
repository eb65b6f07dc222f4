"""A deployment of the tests' own, in a copy of the checkout or without one, brought up and down by the command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.answers.holding import held_if_json

ROOT = Path(__file__).resolve().parents[2]
_OVERRIDE = Path(__file__).with_name("override.yaml")
# By the words of the spec that bring their services.
_MORE_OVERRIDES = {
    ("cassandra",): Path(__file__).with_name("override.cassandra.yaml"),
    ("monitoring",): Path(__file__).with_name("override.prometheus.yaml"),
    ("cassandra", "monitoring"): Path(__file__).with_name("override.cassandra-exporter.yaml"),
}
# Folders of the checkout's own deployment, which a deployment of the tests renders anew.
_RENDERED = ("collector/", "jaeger/", "scylla/", "prometheus/", "grafana/")
_UP_SECONDS = 600
# Away from the defaults, and from those of the native tests.
FIRST_PORT = 31_900


class Site:
    """One deployment in containers.

    Attributes:
        folder: A spec, and what git knows of the checkout unless that is left out; nothing generated or installed.
        name: of the Compose project.
    """

    def __init__(
        self, folder: Path, docker: Mapping[str, str], name: str, more: str, port: int, checkout: bool
    ) -> None:
        self.folder, self.name, self.port = folder, name, port
        overrides = [
            _OVERRIDE,
            *(path for keys, path in _MORE_OVERRIDES.items() if all(key in more for key in keys)),
        ]
        files = os.pathsep.join(map(str, ["compose.yaml", *overrides]))
        self.environment = {**os.environ, **docker, "COMPOSE_FILE": files}
        self.environment.pop("COMPOSE_PROJECT_NAME", None)
        folder.mkdir(parents=True)
        if checkout:
            _copy_checkout(folder)
        names = ("otlp_grpc", "otlp_http", "jaeger", "coupon_api", "cql", "prometheus", "grafana")
        ports = ", ".join(f"{key}: {port + number}" for number, key in enumerate(names))
        # The images of Jaeger are made of the native one.
        # Its containers take time and memory, so only its own tests run them.
        more = more if "monitoring" in more else f"{more}\nmonitoring: {{enabled: false}}"
        spec = f'spec: 1\nname: {name}\njaeger: {{version: "2.13.0"}}\nports: {{{ports}}}\n{more}\n'
        (folder / "kit.yaml").write_text(spec)
        assert self.kit("generate").returncode == 0

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port + 3}"

    def kit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return held_if_json(self.run([sys.executable, "-m", "kit", *arguments]))

    def docker(self, *arguments: str) -> str:
        done = self.run(["docker", *arguments])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answer(self, *arguments: str) -> dict[str, Any]:
        done = self.kit(*arguments, "--output", "json")
        assert done.returncode == 0, done.stderr + done.stdout
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def checks(self) -> list[dict[str, Any]]:
        """The doctor's lines, whatever it finds."""
        lines: list[dict[str, Any]] = json.loads(self.kit("doctor", "--output", "json").stdout)["checks"]
        return lines

    def inspected(self) -> dict[str, dict[str, Any]]:
        """All that Docker knows of each container, by service."""
        ids = self.docker("ps", "--all", "--quiet", "--filter", self._mine).split()
        found = json.loads(self.docker("inspect", *ids)) if ids else []
        return {it["Config"]["Labels"]["com.docker.compose.service"]: it for it in found}

    def left(self) -> list[str]:
        """Containers, networks and volumes of this deployment."""
        return [
            *self.docker("ps", "--all", "--quiet", "--filter", self._mine).split(),
            *self.docker("network", "ls", "--quiet", "--filter", self._mine).split(),
            *self.docker("volume", "ls", "--quiet", "--filter", self._mine).split(),
        ]

    @property
    def _mine(self) -> str:
        return f"label=com.docker.compose.project={self.name}"

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_UP_SECONDS,
            stdin=subprocess.DEVNULL,
        )


@contextmanager
def site(
    folder: Path,
    docker: Mapping[str, str],
    name: str,
    more: str = "",
    port: int = FIRST_PORT,
    *,
    checkout: bool = True,
) -> Iterator[Site]:
    """A deployment that is rendered and not started; it is removed whatever happens."""
    made = Site(folder, docker, name, more, port, checkout)
    try:
        yield made
    finally:
        made.kit("down", "--volumes")


def _copy_checkout(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in listed.split("\0"):
        rendered = name.startswith(_RENDERED) or name in (
            "compose.yaml",
            "kit.lock",
        )
        if (
            name
            and not rendered
            and not name.startswith(("tests/", "bench/", "docs/"))
            and (ROOT / name).exists()
        ):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
