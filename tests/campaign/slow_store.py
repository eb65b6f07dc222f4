"""A native deployment whose Jaeger writes through a slow store, a sender, and the accounts of both.

Nothing of it uses the kit's own counting: spans are encoded and sent here, rows are read from the database, and
Jaeger's counter from its metrics.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import yaml
from cassandra import DriverException
from cassandra.cluster import Cluster, NoHostAvailable
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from tests.campaign.slow_store_proxy import SlowStore
from tests.native.faults import supervisor
from tests.native.stack import Stack

# traces, service_name_index, service_operation_index, and duration_index twice: spans here have no indexed attribute.
STATEMENTS_A_SPAN = 5
# What the default deployment writes on two cores; the shares in the tests are of this.
FULL_RATE = 2000.0
_REQUEST = 100
_SERVICE = "slow-store"

Key = tuple[bytes, int]


class Sender:
    """Sends spans to the collector.

    Attributes:
        acknowledged: Trace and span id of each span whose request was answered with 200.
    """

    def __init__(self, stack: Stack) -> None:
        self._client = httpx.Client(base_url=stack.otlp_http, timeout=300, trust_env=False)
        self.acknowledged: set[Key] = set()

    def close(self) -> None:
        self._client.close()

    def send(self, count: int) -> set[Key]:
        """Send spans, a hundred to a request, until all are acknowledged; answers their keys."""
        sent: set[Key] = set()
        for first in range(0, count, _REQUEST):
            sent |= self.request([_span() for _ in range(min(_REQUEST, count - first))])
        return sent

    def request(self, spans: list[Span]) -> set[Key]:
        """Send one request, again until it is acknowledged, as an SDK does."""
        deadline = time.monotonic() + 300
        body = _encoded(spans)
        while self._post(body) != 200:
            assert time.monotonic() < deadline, "the collector takes nothing any more"
            time.sleep(0.5)
        keys = {(span.trace_id, int.from_bytes(span.span_id, signed=True)) for span in spans}
        self.acknowledged |= keys
        return keys

    def _post(self, body: bytes) -> int:
        headers = {"content-type": "application/x-protobuf"}
        try:
            return self._client.post("/v1/traces", content=body, headers=headers).status_code
        except httpx.HTTPError:
            return 0


def small_spans(count: int) -> list[Span]:
    """Spans as small as can be, so that many fit into a request."""
    now = time.time_ns()
    return [
        Span(trace_id=os.urandom(16), span_id=os.urandom(8), start_time_unix_nano=now, end_time_unix_nano=now)
        for _ in range(count)
    ]


def _span() -> Span:
    now = time.time_ns()
    text = [KeyValue(key=f"key.{n}", value=AnyValue(string_value="a value of some length")) for n in range(8)]
    return Span(
        trace_id=os.urandom(16), span_id=os.urandom(8), name="work", kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=now - 10**6, end_time_unix_nano=now, attributes=text,
    )  # fmt: skip


def _encoded(spans: list[Span]) -> bytes:
    name = KeyValue(key="service.name", value=AnyValue(string_value=_SERVICE))
    scopes = [ScopeSpans(spans=spans)]
    resource_spans = [ResourceSpans(resource=Resource(attributes=[name]), scope_spans=scopes)]
    encoded: bytes = ExportTraceServiceRequest(resource_spans=resource_spans).SerializeToString()
    return encoded


@contextmanager
def through(stack: Stack, rate: float) -> Iterator[SlowStore]:
    """A slow store between Jaeger and the database, from a restart of Jaeger on."""
    with SlowStore(stack.cql_port, rate * STATEMENTS_A_SPAN) as store:
        config = stack.folder / ".kit/native/jaeger/config.yaml"
        rendered = config.read_text()
        config.write_text(_pointed_at(rendered, store.port))
        _restart(stack, "jaeger")
        try:
            yield store
        finally:
            config.write_text(rendered)
            _restart(stack, "jaeger")


def _pointed_at(config: str, port: int) -> str:
    """Jaeger's config with the proxy as its database: no other node, and frames that the proxy can read."""
    config, servers = re.subn(
        r"servers: \[[^\]]*\]", f'servers: ["127.0.0.1:{port}"]\n            port: {port}', config
    )
    config, schemas = re.subn(
        r"create: false", "create: false\n            disable_compression: true", config
    )
    assert servers == schemas == 1
    return config


def _restart(stack: Stack, name: str) -> None:
    # It is stopped with requests under way, so it may take its time; the supervisor then kills it.
    supervisor(stack).stop([name], 15)
    supervisor(stack).launch(name)


def rows(stack: Stack) -> list[Key]:
    """Trace and span id of each row of the table `traces`."""
    driver = Cluster(["127.0.0.1"], port=stack.cql_port, protocol_version=4)
    try:
        session = driver.connect("jaeger_coupons")
        # Small pages: a store that is busy does not read a large one in time.
        session.default_fetch_size = 500
        found = session.execute("SELECT trace_id, span_id FROM traces", timeout=300)
        return [(bytes(row.trace_id), row.span_id) for row in found]
    finally:
        driver.shutdown()


def wait_for_rows(stack: Stack, wanted: set[Key], seconds: float) -> float:
    """Wait until all of these spans are rows; answers how long it took."""
    began = time.monotonic()
    while missing := wanted - _rows_now(stack):
        waited = time.monotonic() - began
        assert waited < seconds, f"{len(missing)} of {len(wanted)} spans are not written after {waited:.0f} s"
        # Reading all rows is work for the database, too.
        time.sleep(1)
    return time.monotonic() - began


def _rows_now(stack: Stack) -> set[Key]:
    """Those that are read; none from a database that is too busy to answer, which is asked again."""
    try:
        return set(rows(stack))
    except (DriverException, NoHostAvailable):
        return set()


def jaeger_wrote(stack: Stack) -> int:
    """What Jaeger counts as written since its start."""
    config = yaml.safe_load((stack.folder / ".kit/native/jaeger/config.yaml").read_text())
    (reader,) = config["service"]["telemetry"]["metrics"]["readers"]
    return counter(reader["pull"]["exporter"]["prometheus"]["port"], "otelcol_exporter_sent_spans")


def counter(port: int, name: str) -> int:
    """The sum of a counter's samples."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=120, trust_env=False).text
    lines = (line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name}_total{{")))
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)
