"""Servers that benchmarks need but do not measure: a collector that discards spans, and Redis."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import Processes, free_ports
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
  pipelines: {{traces: {{receivers: [otlp], exporters: [nop]}}, metrics: {{receivers: [otlp], exporters: [nop]}}}}
"""
_RECEIVED = r"^otelcol_receiver_accepted_{}(?:_total)?\{{[^}}]*\}} (\S+)"


@dataclass(frozen=True, slots=True)
class Sink:
    """A running collector that accepts and discards spans, for benchmarks that do not measure the store."""

    endpoint: str
    _metrics: str

    def received(self) -> int:
        """Return the number of spans accepted so far."""
        return self._accepted("spans")

    def points(self) -> int:
        """Return the number of values of metrics accepted so far."""
        return self._accepted("metric_points")

    def _accepted(self, what: str) -> int:
        text = httpx.get(self._metrics, timeout=5, trust_env=False).text
        found = re.findall(_RECEIVED.format(what), text, re.MULTILINE)
        return sum(int(float(value)) for value in found)


def start_sink(processes: Processes, folder: Path) -> Sink:
    """Start a real collector and wait until it is ready."""
    grpc = free_ports(3)
    config = folder / "sink.yaml"
    config.write_text(_CONFIG.format(grpc=grpc, health=grpc + 1, metrics=grpc + 2))
    processes.start("sink", provision(["otelcol"])["otelcol"].command("--config", config), {})
    processes.wait_ready("sink", "http", grpc + 1)
    return Sink(f"http://127.0.0.1:{grpc}", f"http://127.0.0.1:{grpc + 2}/metrics")


def start_redis(processes: Processes, folder: Path, *arguments: str) -> int:
    """Start a Redis without snapshots and wait until it is ready. Return its port."""
    port = free_ports(1)
    command = provision(["redis"])["redis"].command(
        "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", *arguments
    )
    processes.start("redis", command, {})
    processes.wait_ready("redis", "redis", port)
    return port
