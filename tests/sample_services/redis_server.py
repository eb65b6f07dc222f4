"""A real Redis server of a test's own, that can be killed and comes back on the same port."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


class RedisServer:
    """By itself it keeps nothing on disk: what is killed comes back empty.

    Attributes:
        file: its log of writes, when it has one.
    """

    def __init__(self, program: Path, folder: Path, *, on_disk: bool = False) -> None:
        self._program, self._log = program, folder / "redis.log"
        self._on_disk = on_disk
        self.file = folder / "appendonly.aof"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(self._program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        if self._on_disk:
            command += ["--appendonly", "yes", "--appendfsync", "everysec"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._log.parent)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(self._log.read_text()[-2000:])

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(120)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
