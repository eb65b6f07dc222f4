"""A real Jaeger with memory storage on free ports of this machine, and fresh traces in it."""

from __future__ import annotations

import dataclasses
import itertools
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from analysis.errors import TraceNotFoundError
from analysis.model import Trace
from analysis.sources.jaeger import JaegerClient
from tests.analysis.encoders import otlp
from tests.analysis.samples import MS, START, coupon_request
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIG = """\
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
  telemetry: {{metrics: {{level: none}}}}
extensions:
  jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 10000}}}}}}}}
  jaeger_query:
    base_path: "{base_path}"
    storage: {{traces: memory}}
    http: {{endpoint: "127.0.0.1:{query}"}}
    grpc: {{endpoint: "127.0.0.1:{grpc}"}}
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
exporters:
  jaeger_storage_exporter: {{trace_storage: memory}}
"""


@dataclass(frozen=True)
class RunningJaeger:
    """A Jaeger on this machine."""

    url: str
    grpc_url: str
    otlp_url: str

    def take(self, document: dict[str, Any]) -> None:
        """Send it spans as OTLP JSON."""
        httpx.post(f"{self.otlp_url}/v1/traces", json=document, trust_env=False).raise_for_status()


def running(binary: Path, folder: Path, base_path: str) -> Iterator[RunningJaeger]:
    query, grpc, otlp = _free_ports(3)
    config = folder / "config.yaml"
    config.write_text(_CONFIG.format(base_path=base_path, query=query, grpc=grpc, otlp=otlp))
    environment = {**os.environ, "OTEL_TRACES_SAMPLER": "always_off"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(binary), "--config", str(config)], stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    url = f"http://127.0.0.1:{query}{base_path.rstrip('/')}"
    try:
        _wait_until_ready(process, url, folder / "log")
        yield RunningJaeger(url, f"http://127.0.0.1:{grpc}", f"http://127.0.0.1:{otlp}")
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/api/v3/services", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"Jaeger did not start:\n{log.read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


_numbers = itertools.count(1)


def recent(traces: list[Trace]) -> list[Trace]:
    """The traces as if they had happened two seconds ago, at whole microseconds."""
    shift = time.time_ns() // MS * MS - START - 2_000 * MS
    return [
        Trace(
            dataclasses.replace(one, start_ns=one.start_ns + shift, end_ns=one.end_ns + shift)
            for one in trace.spans
        )
        for trace in traces
    ]


def sent(jaeger: RunningJaeger, mode: str) -> list[Trace]:
    """Fresh traces, sent and stored."""
    first = next(_numbers)
    traces = recent(coupon_request(mode=mode, trace_ids=tuple(f"{first:030x}{n:02x}" for n in (1, 2, 3))))  # type: ignore[arg-type]
    jaeger.take(otlp(one for trace in traces for one in trace.spans))
    with JaegerClient(jaeger.url) as client:
        for trace in traces:
            wait_for(client, trace.trace_id)
    return traces


def wait_for(client: JaegerClient, trace_id: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            client.trace(trace_id)
        except TraceNotFoundError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"trace {trace_id} did not arrive")
