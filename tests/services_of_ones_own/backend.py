"""A second real collector in the place of a vendor's backend: it wants a token, and writes what it gets to a file."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from kit.provision import Program
from tests.patience import PATIENCE_S
from tests.services_of_ones_own.toolchains import goroot, run_go

CONFIG = """
extensions:
  health_check: {endpoint: 127.0.0.1:%(health)d}
  bearertokenauth: {token: "${env:TOKEN}"}
receivers:
  otlp:
    protocols:
      http: {endpoint: 127.0.0.1:%(http)d, auth: {authenticator: bearertokenauth}}
      grpc: {endpoint: 127.0.0.1:%(grpc)d, auth: {authenticator: bearertokenauth}}
  otlp/tls:
    protocols:
      grpc: {endpoint: 127.0.0.1:%(tls)d, tls: {cert_file: %(certs)s/cert.pem, key_file: %(certs)s/key.pem}}
exporters:
  file: {path: %(file)s, flush_interval: 100ms}
service:
  extensions: [health_check, bearertokenauth]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp, otlp/tls], exporters: [file]}}
"""


@contextmanager
def backend(program: Program, folder: Path, port: int, token: str, certs: Path) -> Iterator[Path]:
    """Run it on four ports from `port` on: OTLP over HTTP, gRPC, health, gRPC with TLS; gives the file of its spans."""
    folder.mkdir(parents=True, exist_ok=True)
    file, config = folder / "spans.json", folder / "config.yaml"
    ports = {"http": port, "grpc": port + 1, "health": port + 2, "tls": port + 3}
    config.write_text(CONFIG % {**ports, "file": file, "certs": certs})
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            program.command("--config", config), env={**os.environ, "TOKEN": token}, stdout=log, stderr=log
        )
        try:
            _wait_ready(f"http://127.0.0.1:{port + 2}/", process, folder / "log")
            yield file
        finally:
            process.terminate()
            process.wait(120)


def make_certificate(folder: Path) -> None:
    """Write cert.pem and key.pem for 127.0.0.1, by the program that comes with Go for such tests."""
    folder.mkdir(parents=True)
    program = goroot() / "src" / "crypto" / "tls" / "generate_cert.go"
    run_go("run", str(program), "-host", "127.0.0.1", "-ca", "-duration", "1h", cwd=folder)


def names_in(file: Path) -> list[str]:
    """The names of the spans that it has got."""
    names = []
    text = file.read_text() if file.exists() else ""
    # A line that the backend is still writing has no end yet.
    for line in text[: text.rfind("\n") + 1].splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            names += [span["name"] for scope in resource["scopeSpans"] for span in scope["spans"]]
    return names


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
