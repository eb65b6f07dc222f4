"""The real collector on what the rules say: what it refuses, and what it takes and never delivers."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
import yaml

from generator.config_keys.needed import COMPONENTS, missing
from generator.overrides import Overrides
from kit.provision import Program
from tests.config_keys.mutations import SAMPLES
from tests.config_keys.test_values import ENDPOINTS, RIGHT, WRONG
from tests.native.stack import free_block
from tests.rules.scenes import HEAD, findings, scene

pytestmark = pytest.mark.native

BASE = scene(HEAD, Overrides()).files["collector/config.yaml"]
SPAN = {"resourceSpans": [{"scopeSpans": [{"spans": [
    {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "a", "kind": 2,
     "startTimeUnixNano": "1", "endTimeUnixNano": "2"}]}]}]}  # fmt: skip


def validated(program: Program, folder: Path, override: str) -> str:
    """What the real collector prints when it refuses an override; empty when it takes it."""
    base, over = folder / "base.yaml", folder / "over.yaml"
    base.write_text(BASE)
    over.write_text(override)
    done = subprocess.run(
        program.command("validate", "--feature-gates", "ottl.set.allowNil", "--config", base, "--config", over),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stderr or "refused" if done.returncode else ""


REFUSED = [name for name, (_, rule) in WRONG.items() if rule != "KIT142"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_rules_call_refused_is_refused(
    programs: Mapping[str, Program], tmp_path: Path, name: str
) -> None:
    assert validated(programs["otelcol"], tmp_path, WRONG[name][0])


@pytest.mark.parametrize("name", [name for name in WRONG if name not in REFUSED])
def test_a_duration_without_unit_is_taken(programs: Mapping[str, Program], tmp_path: Path, name: str) -> None:
    """Why there is a rule for it: the collector takes it as nanoseconds."""
    assert not validated(programs["otelcol"], tmp_path, WRONG[name][0])


def grpc(endpoint: str) -> str:
    return yaml.safe_dump({"exporters": {"otlp_grpc/vendor": {"endpoint": endpoint}}})


# The collector starts with these, and never connects.
NEVER_CONNECTS = ("grpc://jaeger:4317", "jaeger:70000")


@pytest.mark.parametrize("endpoint", ENDPOINTS["grpc"])
def test_an_address_that_grpc_can_not_take_is_refused(
    programs: Mapping[str, Program], tmp_path: Path, endpoint: str
) -> None:
    refused = validated(programs["otelcol"], tmp_path, grpc(endpoint))
    assert bool(refused) == (endpoint not in NEVER_CONNECTS)


@pytest.mark.parametrize("endpoint", RIGHT["grpc"])
def test_an_address_that_grpc_takes_is_taken(
    programs: Mapping[str, Program], tmp_path: Path, endpoint: str
) -> None:
    assert not validated(programs["otelcol"], tmp_path, grpc(endpoint))


@pytest.mark.parametrize("endpoint", ENDPOINTS["server"])
def test_an_address_that_can_not_be_listened_on_stops_the_start(
    programs: Mapping[str, Program], tmp_path: Path, endpoint: str
) -> None:
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": endpoint}}}},
        "exporters": {"nop": {}},
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["nop"]}},
        },
    }
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(config))
    done = subprocess.run(
        programs["otelcol"].command("--config", file),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode


@pytest.mark.parametrize(("kind", "type_"), COMPONENTS)
def test_what_a_component_needs_is_needed(
    programs: Mapping[str, Program], tmp_path: Path, kind: str, type_: str
) -> None:
    right = SAMPLES["otelcol"][f"{kind}/{type_}"]
    assert list(missing(kind, type_, {}))
    assert not list(missing(kind, type_, right))
    assert validated(programs["otelcol"], tmp_path, yaml.safe_dump({kind: {f"{type_}/own": {}}}))
    assert not validated(programs["otelcol"], tmp_path, yaml.safe_dump({kind: {f"{type_}/own": right}}))


class Backend(BaseHTTPRequestHandler):
    """Takes OTLP at /v1/traces, and answers 404 elsewhere, as every backend does."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Backend.asked.append((str(self.headers["x-exporter"]), self.path))
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def backend() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def test_what_starts_and_delivers_nothing_is_named(programs: Mapping[str, Program], tmp_path: Path) -> None:
    base = free_block()
    with backend() as port:
        exporters: dict[str, dict[str, object]] = {
            "right": {"endpoint": f"http://127.0.0.1:{port}", "timeout": "30s"},
            "whole": {"traces_endpoint": f"http://127.0.0.1:{port}/v1/traces"},
            "path-twice": {"endpoint": f"http://127.0.0.1:{port}/v1/traces"},
            "no-path": {"traces_endpoint": f"http://127.0.0.1:{port}"},
            "no-scheme": {"endpoint": f"localhost:{port}"},
            "no-unit": {"endpoint": f"http://127.0.0.1:{port}", "timeout": 30},
        }
        sending = {
            f"otlp_http/{name}": {**settings, "compression": "none", "headers": {"x-exporter": name}}
            for name, settings in exporters.items()
        }
        over = {
            "exporters": sending,
            "service": {"pipelines": {"traces": {"exporters": list(sending)}}},
        }
        config = {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{base}"}}}},
            "exporters": sending,
            "service": {
                "telemetry": {"metrics": {"level": "none"}},
                "pipelines": {"traces": {"receivers": ["otlp"], "exporters": list(sending)}},
            },
        }
        file = tmp_path / "config.yaml"
        file.write_text(yaml.safe_dump(config))
        log = tmp_path / "log"
        with log.open("w") as out:
            process = subprocess.Popen(programs["otelcol"].command("--config", file), stderr=out, stdout=out)
        try:
            acknowledged = sent(f"http://127.0.0.1:{base}/v1/traces")
            deadline = time.monotonic() + 60
            while {("right", "/v1/traces"), ("whole", "/v1/traces")} - set(Backend.asked):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            time.sleep(3)
        finally:
            process.terminate()
            process.wait(timeout=60)
    assert acknowledged == 200
    assert {name for name, path in Backend.asked if path == "/v1/traces"} == {"right", "whole"}
    assert ("path-twice", "/v1/traces/v1/traces") in Backend.asked
    found = findings({"overrides/collector.yaml": yaml.safe_dump(over)})
    named = {one.path.split(".")[1].partition("/")[2] for one in found if one.rule.id in ("KIT142", "KIT143")}
    assert named == set(exporters) - {"right", "whole"}


def sent(url: str) -> int:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.post(
                url, content=json.dumps(SPAN), headers={"Content-Type": "application/json"}, trust_env=False
            ).status_code
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
