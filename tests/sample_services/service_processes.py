"""Starts the real services as processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]


class ServiceProcess:
    """One service; its log is kept in a file."""

    def __init__(self, module: str, environment: Mapping[str, str], folder: Path) -> None:
        self.log = folder / f"{module}.log"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"sample_services.{module}"],
                cwd=ROOT,
                env={**inherited, **environment},
                stdout=log,
                stderr=log,
            )

    @property
    def url(self) -> str:
        """Where it listens, once it does."""
        return self._wait_for(r"listening on (http://\S+)")

    def wait_until_ready(self) -> None:
        url = self.url
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(90)

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting for what comes of it."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self._process.wait(90)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()

    def _wait_for(self, pattern: str) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.log.read_text()):
                return found[1]
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())
