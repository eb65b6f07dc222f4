"""An exporter of the kit's own as a process, as a deployment runs it, and what it serves."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.patience import ANSWER_S, until


@dataclass(frozen=True)
class Exporter:
    """A process that serves metrics.

    Attributes:
        url: its address.
        log: file of its messages.
        process: the process.
    """

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def read(self, timeout: float | None = None) -> Mapping[str, list[tuple[dict[str, str], float]]]:
        """Labels and value of each sample, by its name; with Prometheus's timeout, in seconds, if it is given."""
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": str(timeout)} if timeout else {}
        answer = httpx.get(f"{self.url}/metrics", headers=headers, timeout=ANSWER_S, trust_env=False)
        assert answer.status_code == 200, answer.text
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    def value(self, name: str, **labels: str) -> float | None:
        """The only value of a metric with these labels; None if there is none."""
        values = [
            value for has, value in self.read().get(name, []) if labels.items() <= has.items()
        ]  # fmt: skip
        assert len(values) < 2, (name, labels, values)
        return values[0] if values else None


@contextmanager
def exporter(module: str, folder: Path, *arguments: str) -> Iterator[Exporter]:
    """Run one until the end of the block; it must end on SIGTERM, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = folder / "exporter.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", f"kit.operate.inside.exporters.{module}", "--listen", f"127.0.0.1:{port}",
             *arguments],
            stdout=stream, stderr=stream,
        )  # fmt: skip
    running = Exporter(f"http://127.0.0.1:{port}", log, process)
    try:
        until(lambda: _healthy(running), log.read_text)
        yield running
    finally:
        process.terminate()
        try:
            assert process.wait(ANSWER_S) == 0, log.read_text()
        finally:
            process.kill()
    assert "Traceback" not in log.read_text(), log.read_text()


def _healthy(running: Exporter) -> bool:
    assert running.process.poll() is None, running.log.read_text()
    try:
        return httpx.get(f"{running.url}/healthz", trust_env=False, timeout=ANSWER_S).text == "ok\n"
    except httpx.TransportError:
        return False
