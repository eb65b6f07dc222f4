"""`collector.exporters`: a further backend gets the spans, and when it is dead Jaeger loses none."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from kit.provision import Program
from tests.native.spans import spans_of, wait_for
from tests.native.stack import Stack
from tests.patience import until
from tests.services_of_ones_own.backend import backend, make_certificate, names_in
from tests.services_of_ones_own.sending import send, span

pytestmark = pytest.mark.native

TOKEN = "a-token-that-no-file-holds"
SPEC = """services: []
native: {{storage: memory}}
collector:
  exporters:
    - {{name: vendor, endpoint: "http://127.0.0.1:{http}", headers: {{Authorization: {{env: KIT_TEST_VENDOR}}}},
       queue: 16MiB}}
    - {{name: by-grpc, endpoint: "http://127.0.0.1:{grpc}", protocol: grpc,
       headers: {{Authorization: {{file: secrets/vendor}}}}}}
    - {{name: by-tls, endpoint: "https://127.0.0.1:{tls}", protocol: grpc, compression: zstd,
       tls: {{ca: certs/cert.pem, certificate: certs/cert.pem, key: certs/key.pem}}}}
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("further") / "deployment")
    port = vendor_port(made)
    made.write_spec(SPEC.format(http=port, grpc=port + 1, tls=port + 3))
    make_certificate(made.folder / "certs")
    (made.folder / "secrets").mkdir()
    file = made.folder / "secrets" / "vendor"
    file.write_text(f"Bearer {TOKEN}\n")
    try:
        refused = made.kit("up", "--target", "native")
        assert refused.returncode == 1
        assert "the variable KIT_TEST_VENDOR is not set; needed by collector" in refused.stderr
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KIT_TEST_VENDOR", f"Bearer {TOKEN}")
            refused = made.kit("up", "--target", "native")
            assert refused.returncode == 1
            assert "secrets/vendor: it contains a newline" in refused.stderr
            file.write_text(f"Bearer {TOKEN}")
            made.up()
        yield made
    finally:
        made.kit("down", "--volumes")
        for process in made.processes():
            process.kill()


def vendor_port(stack: Stack) -> int:
    """Four ports at the end of the stack's block."""
    return stack.base + 26


def counter(stack: Stack, name: str, exporter: str) -> float:
    state = json.loads((stack.folder / ".kit/native/state.json").read_text())
    port = next(c["metrics_port"] for c in state["components"] if c["name"] == "collector")
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    lines = [line for line in text.splitlines() if line.startswith(name) and f'exporter="{exporter}"' in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_every_backend_gets_every_span_once(
    stack: Stack, programs: Mapping[str, Program], tmp_path: Path
) -> None:
    with backend(programs["otelcol"], tmp_path, vendor_port(stack), TOKEN, stack.folder / "certs") as file:
        spans = [span(f"shared {n}") for n in range(50)]
        assert send(stack.otlp_http, spans) == 200
        # Once over HTTP, once over gRPC, once over gRPC with TLS.
        until(lambda: len(names_in(file)) >= 150, lambda: len(names_in(file)))
        for one in spans:
            wait_for(lambda one=one: spans_of(stack.jaeger, one.trace_id.hex()), bool)  # type: ignore[misc]
        assert sorted(names_in(file)) == sorted(3 * [one.name for one in spans])


def test_no_secret_stands_in_a_rendered_file(stack: Stack) -> None:
    for path in (stack.folder / ".kit" / "native").rglob("*"):
        if path.is_file() and path.suffix in (".yaml", ".json", ".conf"):
            assert TOKEN not in path.read_text(), path


def test_a_dead_backend_with_a_full_queue_takes_nothing_from_jaeger(
    stack: Stack, programs: Mapping[str, Program], tmp_path: Path
) -> None:
    """Its 16 MiB hold some 16,000 spans; 40 traces of 1,000 come, and each is in Jaeger, whole and once."""
    traces = [os.urandom(16) for _ in range(40)]
    for trace_id in traces:
        batch = [span("dead", trace_id=trace_id, attributes={"n": str(n)}) for n in range(1000)]
        assert send(stack.otlp_http, batch) == 200
    assert counter(stack, "otelcol_exporter_enqueue_failed_spans", "otlp_http/vendor") > 10_000
    for trace_id in traces:
        wait_for(
            lambda trace_id=trace_id: spans_of(stack.jaeger, trace_id.hex()),  # type: ignore[misc]
            lambda there: len(there) == 1000,
        )
    assert counter(stack, "otelcol_exporter_enqueue_failed_spans", "otlp_http/jaeger") == 0
    assert counter(stack, "otelcol_receiver_refused_spans", "") == 0
    # Back again, it gets what was kept for it.
    with backend(programs["otelcol"], tmp_path, vendor_port(stack), TOKEN, stack.folder / "certs") as file:
        until(lambda: names_in(file).count("dead") >= 90_000, lambda: len(names_in(file)))
