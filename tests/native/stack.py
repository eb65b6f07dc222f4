"""A native deployment in a folder of its own, brought up and down by the command, as a user does it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from kit.operate.native.home import HOME_VARIABLE
from tests.answers.holding import held_if_json
from tests.patience import ANSWER_S, PATIENCE_S

UP_SECONDS = 300
# Away from the defaults, so that a deployment of the developer's can go on beside the tests, and below the
# ports that the system gives to connections.
_FIRST_PORT = 25000
_LAST_PORT = 32000
_BLOCK = 30
_WORKERS = 8


class Stack:
    """One deployment."""

    def __init__(self, folder: Path, spec: str = "") -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.base = free_block()
        self.write_spec(spec)

    def write_spec(self, more: str) -> None:
        """Write the spec: this stack's ports, and what a test adds; `native` keys go into `native_keys`."""
        native, rest = "", []
        for line in more.splitlines():
            if line.startswith("native: "):
                native = line.removeprefix("native: ").strip("{} ") + ", "
            else:
                rest.append(line)
        port = self.base
        text = (
            f"spec: 1\nname: coupons\n"
            f"ports: {{otlp_grpc: {port}, otlp_http: {port + 1}, jaeger: {port + 2}, coupon_api: {port + 3}, "
            f"cql: {port + 4}, prometheus: {port + 25}, "
            f"alertmanager: {port + 28}}}\nnative: {{{native}port_base: {port + 5}}}\n"
        )
        (self.folder / "kit.yaml").write_text(text + "\n".join(rest) + "\n")

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.base + 3}"

    @property
    def jaeger(self) -> str:
        return f"http://127.0.0.1:{self.base + 2}"

    @property
    def otlp_http(self) -> str:
        return f"http://127.0.0.1:{self.base + 1}"

    @property
    def prometheus(self) -> str:
        return f"http://127.0.0.1:{self.base + 25}"

    @property
    def cql_port(self) -> int:
        return self.base + 4

    def kit(self, *arguments: str, timeout: float = UP_SECONDS) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "kit", *arguments],
            cwd=self.folder,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )
        return held_if_json(done)

    def up(self) -> subprocess.CompletedProcess[str]:
        result = self.kit("up", "--target", "native")
        assert result.returncode == 0, result.stderr + self.logs()
        return result

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.kit("status", "--output", "json").stdout)
        return answer

    def logs(self) -> str:
        return self.kit("logs", "-n", "15").stdout

    def processes(self) -> list[psutil.Process]:
        """Whatever still runs of this deployment."""
        home = str(self.folder.resolve() / ".kit" / "native")
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(HOME_VARIABLE) == home:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def open_ports(self) -> list[int]:
        """Ports of this stack on which somebody listens."""
        return [port for port in range(self.base, self.base + _BLOCK) if _listens(port)]


@contextmanager
def running(folder: Path, spec: str = "") -> Iterator[Stack]:
    """A stack that is up; it is stopped and removed whatever happens."""
    stack = Stack(folder, spec)
    try:
        stack.up()
        yield stack
    finally:
        stack.kit("down", "--volumes")
        for process in stack.processes():
            process.kill()


def ask_for_coupon(stack: Stack, *, stock: int = 5) -> tuple[str, str]:
    """Make a campaign and ask for a coupon of it, until it is delivered; answers request id and trace id."""
    with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
        campaign = (
            client.post("/campaigns", json={"name": "spring", "stock": stock}).raise_for_status().json()
        )
        return request_coupon(client, str(campaign["id"]), "ada")


def request_coupon(client: httpx.Client, campaign: str, user: str) -> tuple[str, str]:
    answer = client.post(f"/campaigns/{campaign}/coupons", json={"user_id": user})
    assert answer.status_code == 202, answer.text
    request_id = str(answer.json()["request_id"])
    deadline = time.monotonic() + PATIENCE_S
    while client.get(f"/coupons/{request_id}").json()["status"] != "delivered":
        assert time.monotonic() < deadline, client.get(f"/coupons/{request_id}").text
        time.sleep(0.02)
    return request_id, answer.headers["X-Trace-Id"]


def free_block() -> int:
    # Each worker of a run has ports of its own: what is free now another could take before it is used.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    blocks = (_LAST_PORT - _FIRST_PORT) // _BLOCK // _WORKERS
    for number in range(blocks):
        # Two runs at a time begin at different ones.
        first = _FIRST_PORT + (worker * blocks + (os.getpid() + number) % blocks) * _BLOCK
        if not any(_listens(port) for port in range(first, first + _BLOCK)):
            return first
    raise RuntimeError("no free ports")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
