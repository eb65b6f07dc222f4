"""A real collector that takes spans and keeps none: where spans go when the store is not what is measured."""

from __future__ import annotations

import http.client
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.provision import provision

_CONFIG = """
extensions: {{health_check: {{endpoint: "127.0.0.1:{health}"}}}}
receivers: {{otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{grpc}"}}}}}}}}
exporters: {{nop: {{}}}}
service:
  extensions: [health_check]
  telemetry:
    logs: {{level: error}}
    metrics: {{readers: [{{pull: {{exporter: {{prometheus: {{host: 127.0.0.1, port: {metrics}}}}}}}}}]}}
  pipelines: {{traces: {{receivers: [otlp], exporters: [nop]}}}}
"""
_RECEIVED = re.compile(r"^otelcol_receiver_accepted_spans(?:_total)?\{[^}]*\} (\S+)", re.MULTILINE)


class Sink:
    """A running collector; `endpoint` is where its OTLP is."""

    def __init__(self, first_port: int) -> None:
        self.grpc, self._health, self._metrics = first_port, first_port + 1, first_port + 2

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.grpc}"

    def received(self) -> int:
        """Spans taken so far."""
        return sum(int(float(value)) for value in _RECEIVED.findall(_get(self._metrics, "/metrics")))

    def config(self) -> str:
        return _CONFIG.format(grpc=self.grpc, health=self._health, metrics=self._metrics)

    def wait(self) -> None:
        for _ in range(200):
            try:
                _get(self._health, "/")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit("the collector does not start")


@contextmanager
def sink(folder: Path, first_port: int) -> Iterator[Sink]:
    """Run one while the block lasts."""
    made = Sink(first_port)
    config = folder / "sink.yaml"
    config.write_text(made.config())
    command = provision(["otelcol"])["otelcol"].command("--config", config)
    with (
        (folder / "sink.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            made.wait()
            yield made
        finally:
            process.terminate()


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
