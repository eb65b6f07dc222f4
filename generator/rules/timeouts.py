"""Timeouts and sizes: each hop waits longer than the next one needs, and accepts requests of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.deployment.under_way import SLOWEST_STORE
from generator.rules.check import Breach, rule
from generator.rules.pipelines import Exporter, batch_sizer, to_jaeger, type_of, used
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, dig, mapping
from generator.rules.units import mib, seconds, whole

# Default limits of Jaeger's receiver, in bytes: those of confighttp and of grpc-go.
_TAKEN = {"http": 20 << 20, "grpc": 4 << 20}
_LARGEST_ROW = 16 << 20
# Spans per second: a tenth of the default deployment's rate. A slower store may be stopped with requests in flight.
_SLOW_STORE = 200
# Default of exporterhelper.
_CONSUMERS = 10


@rule("KIT060")
def collector_waits_for_jaeger(scene: Scene) -> Iterator[Breach]:
    """Compare the timeout with Jaeger's, and with the time in which a slow store writes the spans in flight."""
    path, kind, settings = scene.backend
    query = seconds(dig(settings, "query", "timeout") or "11s") if kind == "cassandra" else None
    for exporter in to_jaeger(scene):
        timeout = seconds(exporter.get("timeout") or ("30s" if exporter.http else "5s"))
        if query and timeout is not None and timeout <= query:
            yield Breach(
                f"{exporter.id} waits {timeout:g} s, but Jaeger waits {query:g} s for a statement",
                f"more than {query:g} s",
                (scene.collector, exporter.path("timeout")),
                also=(scene.jaeger, (*path, "query", "timeout")),
            )
            continue
        spans = _under_way(exporter)
        if spans and timeout and timeout < spans / SLOWEST_STORE:
            yield Breach(
                f"{exporter.id} waits {timeout:g} s, but a slow database ({SLOWEST_STORE} spans/s) needs "
                f"{spans / SLOWEST_STORE:g} s for the {spans:,} spans in flight (num_consumers × batch.max_size)",
                f"at least {spans / SLOWEST_STORE:g} s, or fewer spans in flight",
                (scene.collector, exporter.path("timeout")),
                also=(scene.collector, exporter.path("sending_queue", "num_consumers")),
            )


@rule("KIT062")
def pipeline_may_finish(scene: Scene) -> Iterator[Breach]:
    """Compare the grace periods of the collector and of Jaeger with the time to finish their requests."""
    queue = mapping(scene.jaeger.get("exporters", "jaeger_storage_exporter", "queue"))
    spans = (whole(queue.get("num_consumers")) or 0) * (whole(dig(queue, "batch", "max_size")) or 0)
    waits: dict[str, float | None] = {"jaeger": spans / _SLOW_STORE}
    waits["collector"] = max((_last_requests(e) for e in to_jaeger(scene)), default=None)
    for name, wait in waits.items():
        container = scene.containers.get(name)
        grace = container.grace if container else None
        if container and wait and grace is not None and grace <= wait:
            yield Breach(
                f"{name} is killed after {grace:g} s, but requests in flight can take {wait:g} s",
                f"more than {wait:g} s",
                container.at("grace"),
            )


@rule("KIT063")
def jaeger_takes_batches(scene: Scene) -> Iterator[Breach]:
    """Compare the largest batch with the limit of Jaeger's receiver."""
    for exporter in to_jaeger(scene):
        protocol = "http" if exporter.http else "grpc"
        keys = mapping(scene.jaeger.get("receivers", "otlp", "protocols", protocol))
        said = (
            whole(keys.get("max_request_body_size")) or (whole(keys.get("max_recv_msg_size_mib")) or 0) << 20
        )
        taken = said or _TAKEN[protocol]
        batch = mapping(exporter.get("sending_queue", "batch"))
        most, path = whole(batch.get("max_size")), exporter.path("sending_queue", "batch", "max_size")
        largest = _requests_in_a_batch(scene, batch) * max((size for _, size in _taken(scene)), default=0)
        if batch and not most:
            yield Breach("batches without a maximum size", "max_size: 64", (scene.collector, path))
        elif batch_sizer(exporter) == "items" and largest > taken:
            yield Breach(
                f"batches of requests of up to {mib(largest)} together, but Jaeger accepts {mib(taken)}",
                "min_size: 1, or smaller requests",
                (scene.collector, exporter.path("sending_queue", "batch", "min_size")),
            )
        elif most and batch_sizer(exporter) == "bytes" and most > taken:
            yield Breach(
                f"batches of up to {mib(most)}, but Jaeger accepts {mib(taken)}",
                f"at most {taken}",
                (scene.collector, path),
            )


@rule("KIT064")
def requests_fit(scene: Scene) -> Iterator[Breach]:
    """Compare the receivers' limits with the size of a batch and of a row."""
    batches = [
        size
        for exporter in to_jaeger(scene)
        if batch_sizer(exporter) == "bytes"
        and (size := whole(exporter.get("sending_queue", "batch", "max_size")))
    ]
    for path, taken in _taken(scene):
        smallest = min(batches, default=0)
        if smallest and taken > smallest:
            yield Breach(
                f"receives requests of up to {mib(taken)}, but a batch holds {mib(smallest)}",
                f"at most {mib(smallest)}",
                (scene.collector, path),
            )
        elif taken > _LARGEST_ROW:
            yield Breach(
                f"receives requests of up to {mib(taken)}, but a row holds {mib(_LARGEST_ROW)}",
                f"at most {mib(_LARGEST_ROW)}",
                (scene.collector, path),
            )


def _requests_in_a_batch(scene: Scene, batch: Mapping[str, Any]) -> int:
    """Return the maximum number of requests in one batch that counts spans.

    A batch takes requests until it has min_size spans. With a processor that groups spans by trace, each span of a
    batch may come from another request, so max_size counts.
    """
    together = {"tail_sampling", "groupbytrace"} & {
        type_of(id_) for id_ in used(scene.collector, "processors")
    }
    return max(1, whole(batch.get("max_size" if together else "min_size")) or 0)


def _under_way(exporter: Exporter) -> int:
    """Return the maximum number of spans in flight; 0 if nothing limits it, which KIT056 reports."""
    queue = mapping(exporter.get("sending_queue"))
    if batch_sizer(exporter) != "items":
        return 0
    return (whole(queue.get("num_consumers")) or _CONSUMERS) * (whole(dig(queue, "batch", "max_size")) or 0)


def _last_requests(exporter: Exporter) -> float:
    """Return the seconds until a store at a tenth of its rate answers the last requests; at most the timeout."""
    timeout = seconds(exporter.get("timeout")) or 0.0
    spans = _under_way(exporter)
    return min(timeout, spans / _SLOW_STORE) if spans else timeout


def _taken(scene: Scene) -> Iterator[tuple[KeyPath, int]]:
    for id_, settings in mapping(scene.collector.get("receivers")).items():
        if type_of(id_) == "otlp":
            for protocol, keys in mapping(dig(settings, "protocols")).items():
                name = "max_recv_msg_size_mib" if protocol == "grpc" else "max_request_body_size"
                said = whole(dig(keys, name))
                taken = (said << 20 if protocol == "grpc" else said) if said else _TAKEN.get(str(protocol), 0)
                yield ("receivers", id_, "protocols", protocol, name), taken


CHECKS = (collector_waits_for_jaeger, pipeline_may_finish, jaeger_takes_batches, requests_fit)
