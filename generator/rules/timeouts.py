"""Chains: each hop waits longer than the next one takes, and takes what the one before may send."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rules.check import Breach, rule
from generator.rules.pipelines import to_jaeger, type_of
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, dig, mapping
from generator.rules.units import mib, seconds, whole

# Jaeger's receiver takes this much where its config does not say: confighttp's default, grpc-go's default.
_TAKEN = {"http": 20 << 20, "grpc": 4 << 20}
_LARGEST_ROW = 16 << 20


@rule("KIT060")
def collector_waits_for_jaeger(scene: Scene) -> Iterator[Breach]:
    """Compare the two timeouts."""
    path, kind, settings = scene.backend
    query = seconds(dig(settings, "query", "timeout") or "11s") if kind == "cassandra" else None
    for exporter in to_jaeger(scene):
        timeout = seconds(exporter.get("timeout") or ("30s" if exporter.http else "5s"))
        if query and timeout is not None and timeout <= query:
            yield Breach(
                f"{exporter.id} waits {timeout:g} s, Jaeger {query:g} s for a statement",
                f"more than {query:g} s",
                (scene.collector, exporter.path("timeout")),
                also=(scene.jaeger, (*path, "query", "timeout")),
            )


@rule("KIT062")
def pipeline_may_finish(scene: Scene) -> Iterator[Breach]:
    """Compare the grace of each with what it waits for."""
    _, kind, settings = scene.backend
    waits = {"jaeger": seconds(dig(settings, "query", "timeout")) if kind == "cassandra" else None}
    waits["collector"] = max((seconds(e.get("timeout")) or 0 for e in to_jaeger(scene)), default=None)
    for name, wait in waits.items():
        container = scene.containers.get(name)
        grace = container.grace if container else None
        if container and wait and grace is not None and grace <= wait:
            yield Breach(
                f"{name} is killed after {grace:g} s, a request may take {wait:g} s",
                f"more than {wait:g} s",
                container.at("grace"),
            )


@rule("KIT063")
def jaeger_takes_batches(scene: Scene) -> Iterator[Breach]:
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
            yield Breach(
                "batches without a largest size",
                f"sizer: bytes, max_size below {taken}",
                (scene.collector, path),
            )
        elif most and sizer == "bytes" and most > taken:
            yield Breach(
                f"batches of up to {mib(most)}, Jaeger takes {mib(taken)}",
                f"at most {taken}",
                (scene.collector, path),
            )


@rule("KIT064")
def requests_fit(scene: Scene) -> Iterator[Breach]:
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
            yield Breach(
                f"requests of up to {mib(taken)} come in, a batch holds {mib(smallest)}",
                f"at most {mib(smallest)}",
                (scene.collector, path),
            )
        elif taken > _LARGEST_ROW:
            yield Breach(
                f"requests of up to {mib(taken)} come in, a row holds {mib(_LARGEST_ROW)}",
                f"at most {mib(_LARGEST_ROW)}",
                (scene.collector, path),
            )


def _taken(scene: Scene) -> Iterator[tuple[KeyPath, int]]:
    for id_, settings in mapping(scene.collector.get("receivers")).items():
        if type_of(id_) == "otlp":
            for protocol, keys in mapping(dig(settings, "protocols")).items():
                name = "max_recv_msg_size_mib" if protocol == "grpc" else "max_request_body_size"
                said = whole(dig(keys, name))
                taken = (said << 20 if protocol == "grpc" else said) if said else _TAKEN.get(str(protocol), 0)
                yield ("receivers", id_, "protocols", protocol, name), taken


CHECKS = (collector_waits_for_jaeger, pipeline_may_finish, jaeger_takes_batches, requests_fit)
