"""Rules of the collector's queue on disk: bounded, on a volume, used by one collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from generator.deployment.memory import STORED_SPAN_BYTES
from generator.rules.check import Breach, rule
from generator.rules.containers import Kept
from generator.rules.pipelines import type_of, used
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, dig, mapping, words
from generator.rules.units import mib, whole


def _file_storages(scene: Scene) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for id_ in words(scene.collector.get("service", "extensions")):
        if type_of(id_) == "file_storage":
            yield ("extensions", id_), mapping(scene.collector.get("extensions", id_))


@rule("KIT050")
def queue_file_is_bounded(scene: Scene) -> Iterator[Breach]:
    """Check the size limit of each enabled file_storage."""
    for path, settings in _file_storages(scene):
        if not whole(settings.get("max_size")):
            yield Breach(
                f"{path[1]} has no size limit",
                "max_size, in bytes",
                (scene.collector, (*path, "max_size")),
                "collector.queue.size",
            )


@rule("KIT051")
def queue_is_on_a_volume(scene: Scene) -> Iterator[Breach]:
    """Compare file_storage's folders with the collector's mounts."""
    container = scene.containers.get("collector")
    if container is None:
        return
    targets = [
        mount.target
        for mount in container.mounts
        if mount.kept is Kept.VOLUME or (mount.kept is Kept.HOST and not PurePosixPath(mount.target).suffix)
    ]
    for path, settings in _file_storages(scene):
        folder = str(settings.get("directory") or "/var/lib/otelcol/file_storage")
        if not any(folder == target or folder.startswith(target.rstrip("/") + "/") for target in targets):
            yield Breach(
                f"{path[1]} keeps its file in {folder}, which is on no volume",
                f"a folder below {', '.join(targets)}",
                (scene.collector, (*path, "directory")),
                also=container.at("mounts"),
            )


@rule("KIT052")
def queue_fits_its_file(scene: Scene) -> Iterator[Breach]:
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
            yield Breach(
                f"{id_} may queue {mib(needs)}, but its file holds {mib(most)}",
                f"queue_size of at most {most // STORED_SPAN_BYTES}, or a file of {mib(needs)}",
                (scene.collector, ("exporters", id_, "sending_queue", "queue_size")),
                "collector.queue.size",
                also=(scene.collector, ("extensions", storage, "max_size")),
            )


@rule("KIT057")
def compaction_is_possible(scene: Scene) -> Iterator[Breach]:
    """Compare the thresholds with max_size."""
    for path, settings in _file_storages(scene):
        name = ("compaction", "rebound_needed_threshold_mib")
        needed, most = whole(dig(settings, *name)), whole(settings.get("max_size"))
        if dig(settings, "compaction", "on_rebound") and most and (needed or 100) << 20 > most:
            yield Breach(
                f"compaction needs a file of {needed or 100} MiB, but the file's limit is {mib(most)}",
                f"at most {most >> 21}",
                (scene.collector, (*path, *name)),
                "collector.queue.size",
                also=(scene.collector, (*path, "max_size")),
            )


@rule("KIT058")
def one_collector_for_one_folder(scene: Scene) -> Iterator[Breach]:
    """Check the collector's replicas if its queue is on disk."""
    container = scene.container("collector")
    stored = used(scene.collector, "exporters")
    on_disk = any(scene.collector.get("exporters", id_, "sending_queue", "storage") for id_ in stored)
    if on_disk and container.replicas > 1:
        found = f"{container.replicas} collectors share the queue's folder"
        yield Breach(found, "1 collector", container.at("replicas"))


CHECKS = (
    queue_file_is_bounded, queue_is_on_a_volume, queue_fits_its_file, compaction_is_possible,
    one_collector_for_one_folder,
)  # fmt: skip
