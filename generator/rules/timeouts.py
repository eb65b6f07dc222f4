"""Chains: each hop waits longer than the next one takes, and takes what the one before may send."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.rules.check import Hit, rule
from generator.rules.pipelines import to_jaeger, type_of
from generator.rules.scene import Scene
from generator.rules.text import Path, dig, mapping
from generator.rules.units import mib, seconds, whole

# Jaeger's receiver takes this much where its config does not say: confighttp's default, grpc-go's default.
_TAKEN = {"http": 20 << 20, "grpc": 4 << 20}
_LARGEST_ROW = 16 << 20


@rule(
    "KIT060",
    "the collector waits longer for Jaeger than Jaeger for the database",
    Severity.ERROR,
    reason="The collector gives up a request that Jaeger is still writing, and sends it again: under load everything "
    "is written twice, which is more load.",
    source="measured: time in flight is consumers × batch / rate; exporterhelper README, `timeout`",
    fix="the exporter's timeout above Jaeger's query.timeout (10s), as rendered: 30s",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        timeout: 5s
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        timeout: 45s
    # compose.override.yaml
    services:
      collector:
        stop_grace_period: 60s
    """,
)
def collector_waits_for_jaeger(scene: Scene) -> Iterator[Hit]:
    """Compare the two timeouts."""
    path, kind, settings = scene.backend
    query = seconds(dig(settings, "query", "timeout") or "11s") if kind == "cassandra" else None
    for exporter in to_jaeger(scene):
        timeout = seconds(exporter.get("timeout") or ("30s" if exporter.http else "5s"))
        if query and timeout is not None and timeout <= query:
            yield Hit(
                f"{exporter.id} waits {timeout:g} s, Jaeger {query:g} s for a statement",
                f"more than {query:g} s",
                (scene.collector, exporter.path("timeout")),
                also=(scene.jaeger, (*path, "query", "timeout")),
            )


@rule(
    "KIT061",
    "a service has time to send its last spans",
    Severity.WARNING,
    reason="Docker kills it while the SDK still sends: the spans of its last requests are lost at every deployment.",
    source="measured: TracerProvider.shutdown blocks for the exporter's timeout; Docker's grace is 10s by default",
    fix="stop_grace_period above OTEL_EXPORTER_OTLP_TIMEOUT",
    bad="""
    # compose.override.yaml
    services:
      coupon-api:
        stop_grace_period: 10s
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-api:
        stop_grace_period: 40s
    """,
)
def services_may_finish(scene: Scene) -> Iterator[Hit]:
    """Compare each service's grace with its exporter's timeout."""
    name = "OTEL_EXPORTER_OTLP_TIMEOUT"
    for container in scene.containers.values():
        timeout = whole(container.environment.get(name))
        grace = seconds(container.get("stop_grace_period") or "10s")
        # Some SDKs count it in milliseconds: 10000 is not three hours.
        wait = (timeout / 1000 if timeout and timeout >= 1000 else timeout) or 0
        if timeout and grace is not None and grace <= wait:
            yield Hit(
                f"{container.name} is killed after {grace:g} s, its exporter may take {wait:g} s",
                f"more than {wait:g} s",
                (scene.compose, container.path("stop_grace_period")),
                also=(scene.compose, container.path("environment", name)),
            )


@rule(
    "KIT062",
    "the collector and Jaeger have time to finish what is under way",
    Severity.WARNING,
    reason="They are killed with requests under way: those are sent again after the start, so written twice, or lost "
    "where the queue is in memory.",
    source="exporterhelper: at SIGTERM the queue is drained with one attempt each; Docker's grace is 10s by default",
    fix="stop_grace_period above the timeout of the exporter",
    bad="""
    # compose.override.yaml
    services:
      collector:
        stop_grace_period: 5s
    """,
    good="""
    # compose.override.yaml
    services:
      collector:
        stop_grace_period: 1m
    """,
)
def pipeline_may_finish(scene: Scene) -> Iterator[Hit]:
    """Compare the grace of each with what it waits for."""
    _, kind, settings = scene.backend
    waits = {"jaeger": seconds(dig(settings, "query", "timeout")) if kind == "cassandra" else None}
    waits["collector"] = max((seconds(e.get("timeout")) or 0 for e in to_jaeger(scene)), default=None)
    for name, wait in waits.items():
        container = scene.containers.get(name)
        grace = seconds(container.get("stop_grace_period") or "10s") if container else None
        if container and wait and grace is not None and grace <= wait:
            yield Hit(
                f"{name} is killed after {grace:g} s, a request may take {wait:g} s",
                f"more than {wait:g} s",
                (scene.compose, container.path("stop_grace_period")),
            )


@rule(
    "KIT063",
    "Jaeger takes the largest request that the collector sends",
    Severity.ERROR,
    reason="Jaeger answers with a permanent error, and the collector drops the whole batch.",
    source="exporterhelper: ResourceExhausted without RetryInfo and HTTP 413 are permanent; grpc-go takes 4 MiB, "
    "confighttp 20 MiB",
    fix="sending_queue.batch in bytes, its max_size below what Jaeger takes",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          batch: {max_size: 41943040}
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          batch: {max_size: 16777216}
    """,
)
def jaeger_takes_batches(scene: Scene) -> Iterator[Hit]:
    """Compare max_size with Jaeger's receiver."""
    for exporter in to_jaeger(scene):
        protocol = "http" if exporter.http else "grpc"
        keys = mapping(scene.jaeger.get("receivers", "otlp", "protocols", protocol))
        said = (
            whole(keys.get("max_request_body_size")) or (whole(keys.get("max_recv_msg_size_mib")) or 0) << 20
        )
        taken = said or _TAKEN[protocol]
        batch = mapping(exporter.get("sending_queue", "batch"))
        sizer = batch.get("sizer") or exporter.get("sending_queue", "sizer")
        most, path = whole(batch.get("max_size")), exporter.path("sending_queue", "batch", "max_size")
        if batch and not most:
            yield Hit(
                "batches without a largest size",
                f"sizer: bytes, max_size below {taken}",
                (scene.collector, path),
            )
        elif most and sizer == "bytes" and most > taken:
            yield Hit(
                f"batches of up to {mib(most)}, Jaeger takes {mib(taken)}",
                f"at most {taken}",
                (scene.collector, path),
            )


@rule(
    "KIT064",
    "what comes in fits into a batch and into a row",
    Severity.ERROR,
    reason="A span larger than a batch is dropped; one larger than a row is refused by the database, tried for ever, "
    "and holds up the others.",
    source="exporterhelper, batch sizer `bytes`; Cassandra's commit log refuses rows above half a segment; measured",
    fix="receivers take at most 8 MiB, batches hold more than that, as rendered",
    bad="""
    # overrides/collector.yaml
    receivers:
      otlp:
        protocols:
          grpc:
            max_recv_msg_size_mib: 64
    """,
    good="""
    # overrides/collector.yaml
    receivers:
      otlp:
        protocols:
          grpc:
            max_recv_msg_size_mib: 4
    """,
)
def requests_fit(scene: Scene) -> Iterator[Hit]:
    """Compare the receivers' limits with the batches and with a row."""
    batches = [
        size
        for exporter in to_jaeger(scene)
        if exporter.get("sending_queue", "batch", "sizer") == "bytes"
        and (size := whole(exporter.get("sending_queue", "batch", "max_size")))
    ]
    for path, taken in _taken(scene):
        smallest = min(batches, default=0)
        if smallest and taken > smallest:
            yield Hit(
                f"requests of up to {mib(taken)} come in, a batch holds {mib(smallest)}",
                f"at most {mib(smallest)}",
                (scene.collector, path),
            )
        elif taken > _LARGEST_ROW:
            yield Hit(
                f"requests of up to {mib(taken)} come in, a row holds {mib(_LARGEST_ROW)}",
                f"at most {mib(_LARGEST_ROW)}",
                (scene.collector, path),
            )


def _taken(scene: Scene) -> Iterator[tuple[Path, int]]:
    for id_, settings in mapping(scene.collector.get("receivers")).items():
        if type_of(id_) == "otlp":
            for protocol, keys in mapping(dig(settings, "protocols")).items():
                name = "max_recv_msg_size_mib" if protocol == "grpc" else "max_request_body_size"
                said = whole(dig(keys, name))
                taken = (said << 20 if protocol == "grpc" else said) if said else _TAKEN.get(str(protocol), 0)
                yield ("receivers", id_, "protocols", protocol, name), taken


@rule(
    "KIT065",
    "an SDK's batch fits into its queue",
    Severity.ERROR,
    reason="The SDK refuses to start its span processor, so the service does not start or sends no traces.",
    source="OpenTelemetry specification, OTEL_BSP_MAX_EXPORT_BATCH_SIZE: at most OTEL_BSP_MAX_QUEUE_SIZE",
    fix="a batch of at most the queue; 512 is the default",
    bad="""
    # compose.override.yaml
    services:
      coupon-api:
        environment:
          OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "50000"
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-api:
        environment:
          OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "1024"
    """,
)
def batches_fit_their_queue(scene: Scene) -> Iterator[Hit]:
    """Compare the two variables."""
    name = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
    for container in scene.containers.values():
        batch = whole(container.environment.get(name, "512"))
        queue = whole(container.environment.get("OTEL_BSP_MAX_QUEUE_SIZE", "2048"))
        if batch and queue and batch > queue:
            yield Hit(
                f"{container.name} sends {batch} spans at once from a queue of {queue}",
                f"at most {queue}",
                (scene.compose, container.path("environment", name)),
                "tracing.queue",
                also=(scene.compose, container.path("environment", "OTEL_BSP_MAX_QUEUE_SIZE")),
            )


CHECKS = (
    collector_waits_for_jaeger, services_may_finish, pipeline_may_finish, jaeger_takes_batches, requests_fit,
    batches_fit_their_queue,
)  # fmt: skip
