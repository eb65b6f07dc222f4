"""A Docker of the tests' own: its own socket, its own data, gone at the end whatever happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# The longest a run may take; `timeout` ends the daemon then, even if the tests were killed.
_AT_MOST = "2400"
_START_SECONDS = 180
_STOP_SECONDS = 180
_BRIDGE = Path("/sys/class/net/docker0")
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
# A table that was not there before is not in what iptables-save tells.
_EMPTY = (
    b"*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n*nat\n:PREROUTING ACCEPT\nCOMMIT\n"
)


@contextmanager
def docker_daemon() -> Iterator[Mapping[str, str]]:
    """Start it; yields the variables by which the docker command talks to it."""
    folder = Path(tempfile.mkdtemp(prefix="kit-docker-"))
    socket, log = folder / "docker.sock", folder / "dockerd.log"
    environment = {"DOCKER_HOST": f"unix://{socket}", "DOCKER_CONFIG": str(folder / "config")}
    had_bridge, forwards = _BRIDGE.exists(), _FORWARDING.read_text()
    firewall = subprocess.run(["iptables-save"], check=True, capture_output=True).stdout
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *("timeout", "--kill-after=30", _AT_MOST, "dockerd", "--log-level", "warn"),
                *("--data-root", folder / "data", "--exec-root", folder / "exec"),
                *("--pidfile", folder / "docker.pid", "--host", environment["DOCKER_HOST"]),
            ],
            stdout=stream,
            stderr=stream,
            stdin=subprocess.DEVNULL,
        )
    try:
        _wait(process, environment, log)
        yield environment
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        if not had_bridge:
            subprocess.run(["ip", "link", "delete", "docker0"], check=False, capture_output=True)
        # It leaves its rules behind, and a machine that forwards nothing else.
        subprocess.run(["iptables-restore"], input=_EMPTY + firewall, check=True, capture_output=True)
        _FORWARDING.write_text(forwards)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], environment: Mapping[str, str], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        asked = subprocess.run(
            ["docker", "version"], env={**os.environ, **environment}, check=False, capture_output=True
        )
        if asked.returncode == 0:
            return
        time.sleep(0.2)
    raise RuntimeError(f"dockerd does not start:\n{log.read_text(errors='replace')[-3000:]}")
