"""Queues: on disk, within the disk, and acknowledged only when written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from findings.rule import Severity
from generator.deployment.memory import STORED_SPAN_BYTES
from generator.rules.check import Hit, rule
from generator.rules.pipelines import named_extensions, type_of, used
from generator.rules.scene import Scene
from generator.rules.text import Path, dig, mapping, words
from generator.rules.units import mib, whole


@rule(
    "KIT050",
    "the queue's file has a size that it may not exceed",
    Severity.WARNING,
    reason="An outage of the backend fills the disk, and with it everything else on the machine.",
    source="file_storage README: `max_size` 0 is without limit",
    fix="max_size in bytes; collector.queue.size sets it",
    bad="""
    # overrides/collector.yaml
    extensions:
      file_storage/queue:
        max_size: 0
    """,
    good="""
    # overrides/collector.yaml
    extensions:
      file_storage/queue:
        max_size: 2147483648
    """,
)
def queue_file_is_bounded(scene: Scene) -> Iterator[Hit]:
    """Look at each enabled file_storage."""
    for path, settings in _file_storages(scene):
        if not whole(settings.get("max_size")):
            yield Hit(
                f"{path[1]} may grow without end",
                "max_size, in bytes",
                (scene.collector, (*path, "max_size")),
                "collector.queue.size",
            )


def _file_storages(scene: Scene) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for id_ in words(scene.collector.get("service", "extensions")):
        if type_of(id_) == "file_storage":
            yield ("extensions", id_), mapping(scene.collector.get("extensions", id_))


@rule(
    "KIT051",
    "the queue's folder lies on a volume",
    Severity.ERROR,
    reason="What is queued goes with the container: the queue survives a crash, and not an update.",
    source="docs.docker.com, volumes; file_storage README, `directory`",
    fix="a folder below the collector's volume, or a volume for the folder",
    bad="""
    # overrides/collector.yaml
    extensions:
      file_storage/queue:
        directory: /tmp/queue
        compaction:
          directory: /tmp/queue
    """,
    good="""
    # overrides/collector.yaml
    extensions:
      file_storage/queue:
        directory: /var/lib/otelcol/spans
        compaction:
          directory: /var/lib/otelcol/spans
    """,
)
def queue_is_on_a_volume(scene: Scene) -> Iterator[Hit]:
    """Compare file_storage's folders with the collector's mounts."""
    container = scene.containers.get("collector")
    if container is None:
        return
    mounts = [(kind, PurePosixPath(target)) for _, kind, _, target in container.mounts]
    targets = [
        str(target) for kind, target in mounts if kind == "volume" or (kind == "bind" and not target.suffix)
    ]
    for path, settings in _file_storages(scene):
        folder = str(settings.get("directory") or "/var/lib/otelcol/file_storage")
        if not any(folder == target or folder.startswith(target.rstrip("/") + "/") for target in targets):
            yield Hit(
                f"{path[1]} keeps its file in {folder}, which is on no volume",
                f"a folder below {', '.join(targets)}",
                (scene.collector, (*path, "directory")),
                also=(scene.compose, container.path("volumes")),
            )


@rule(
    "KIT052",
    "the queue counts no more spans than its file holds",
    Severity.WARNING,
    reason="The file is full first: the collector logs storage errors instead of saying that its queue is full, and "
    "`kit status` shows a queue that never fills.",
    source="file_storage README: writes beyond max_size fail; a stored span takes about 1 KiB",
    fix="queue_size × 1 KiB within max_size; collector.queue.size sets both",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          queue_size: 10000000
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          queue_size: 100000
    """,
)
def queue_fits_its_file(scene: Scene) -> Iterator[Hit]:
    """Compare queue_size at 1 KiB a span with max_size."""
    for id_, settings in mapping(scene.collector.get("exporters")).items():
        queue = mapping(dig(settings, "sending_queue"))
        count = whole(queue.get("queue_size")) or 0
        needs = (
            count * STORED_SPAN_BYTES
            if queue.get("sizer") == "items"
            else count
            if queue.get("sizer") == "bytes"
            else 0
        )
        storage = queue.get("storage")
        most = (
            whole(scene.collector.get("extensions", storage, "max_size"))
            if isinstance(storage, str)
            else None
        )
        if most and needs > most:
            yield Hit(
                f"{id_} may queue {mib(needs)}, the file {mib(most)}",
                f"queue_size of {most // STORED_SPAN_BYTES}, or a file of {mib(needs)}",
                (scene.collector, ("exporters", id_, "sending_queue", "queue_size")),
                "collector.queue.size",
                also=(scene.collector, ("extensions", storage, "max_size")),
            )


@rule(
    "KIT053",
    "an extension that is named is defined and enabled",
    Severity.ERROR,
    reason="The collector does not start: `failed to resolve authenticator`, `storage client extension not found`. "
    "`otelcol validate` does not see it.",
    source="otelcol's DryRun constructs no extension; open-telemetry/opentelemetry-collector-contrib #45944, #22737",
    fix="define it under `extensions` and name it in `service.extensions`; a list in an override replaces the rendered "
    "one, so repeat what it had",
    bad="""
    # overrides/collector.yaml
    service:
      extensions: [health_check]
    """,
    good="""
    # overrides/collector.yaml
    service:
      extensions: [health_check, file_storage/queue]
    """,
)
def extensions_are_enabled(scene: Scene) -> Iterator[Hit]:
    """Follow every `storage`, `auth.authenticator` and `middlewares` of both configs."""
    for layered in (scene.collector, scene.jaeger):
        enabled = words(layered.get("service", "extensions"))
        defined = mapping(layered.get("extensions"))
        for path, id_ in named_extensions(layered.data):
            wrong = "defined" if id_ not in defined else "enabled" if id_ not in enabled else ""
            if wrong:
                also = (layered, ("service", "extensions"))
                yield Hit(
                    f"{id_} is not {wrong}",
                    f"{id_} under extensions and in service.extensions",
                    (layered, path),
                    also=also,
                )
        for id_ in enabled:
            if id_ not in defined:
                yield Hit(
                    f"{id_} is enabled and not defined",
                    f"{id_} under extensions",
                    (layered, ("service", "extensions")),
                )


@rule(
    "KIT057",
    "the queue's file can be compacted",
    Severity.ERROR,
    reason="The collector does not start when the threshold is above max_size.",
    source="file_storage, config.go: rebound_needed_threshold_mib against max_size; measured at 0.159",
    fix="rebound_needed_threshold_mib at most half of max_size",
    bad="""
    # overrides/collector.yaml
    extensions:
      file_storage/queue:
        max_size: 52428800
    exporters:
      otlp_http/jaeger:
        sending_queue:
          queue_size: 51200
    """,
    good="collector: {queue: {size: 50MiB}}",
)
def compaction_is_possible(scene: Scene) -> Iterator[Hit]:
    """Compare the thresholds with max_size."""
    for path, settings in _file_storages(scene):
        name = ("compaction", "rebound_needed_threshold_mib")
        needed, most = whole(dig(settings, *name)), whole(settings.get("max_size"))
        if dig(settings, "compaction", "on_rebound") and most and (needed or 100) << 20 > most:
            yield Hit(
                f"compaction begins at {needed or 100} MiB, and the file ends at {mib(most)}",
                f"at most {most >> 21}",
                (scene.collector, (*path, *name)),
                "collector.queue.size",
                also=(scene.collector, (*path, "max_size")),
            )


@rule(
    "KIT058",
    "one collector owns the queue's folder",
    Severity.ERROR,
    reason="The second one does not start: the file is locked (`timeout`).",
    source="file_storage README: one process for each directory",
    fix="one collector; more of them need a volume each, so a service each",
    bad="""
    # compose.override.yaml
    services:
      collector:
        deploy:
          replicas: 2
    """,
    good="""
    # compose.override.yaml
    services:
      collector:
        deploy:
          replicas: 1
    """,
)
def one_collector_for_one_folder(scene: Scene) -> Iterator[Hit]:
    """Look at the collector's replicas where its queue is on disk."""
    container = scene.container("collector")
    stored = used(scene.collector, "exporters")
    on_disk = any(scene.collector.get("exporters", id_, "sending_queue", "storage") for id_ in stored)
    for below in (("deploy", "replicas"), ("scale",)):
        if on_disk and (whole(container.get(*below)) or 1) > 1:
            yield Hit(
                f"{container.get(*below)} collectors share the queue's folder",
                "1",
                (scene.compose, container.path(*below)),
            )


CHECKS = (
    queue_file_is_bounded, queue_is_on_a_volume, queue_fits_its_file, extensions_are_enabled,

    compaction_is_possible, one_collector_for_one_folder,
)  # fmt: skip
