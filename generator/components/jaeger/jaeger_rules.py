"""Rules of Jaeger: its UI, its storage settings, its queue."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.jaeger.plan import JaegerPlan
from generator.components.jaeger.versions import VERSIONS
from generator.deployment.memory import HELD_SPAN_BYTES
from generator.rules.check import Breach, rule
from generator.rules.containers import Kept
from generator.rules.pipelines import batch_sizer, to_jaeger
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, dig, mapping
from generator.rules.units import mib, size, whole

_JAEGER_QUEUE = ("exporters", "jaeger_storage_exporter", "queue")


@rule("KIT017")
def ui_config_is_mounted(scene: Scene) -> Iterator[Breach]:
    """Compare the path in Jaeger's config with the mounts."""
    path = ("extensions", "jaeger_query", "ui", "config_file")
    named = scene.jaeger.get(*path)
    container = scene.containers.get("jaeger")
    if named is None or container is None:
        return
    targets = [mount.target for mount in container.mounts]
    if str(named) not in targets:
        yield Breach(
            f"Jaeger reads {named}, but nothing is mounted there",
            f"one of {', '.join(targets)}",
            (scene.jaeger, path),
        )


@rule("KIT033")
def indexed_tags_are_read(scene: Scene) -> Iterator[Breach]:
    """Check both lists for spaces, and that only one is used."""
    path, kind, settings = scene.backend
    index = mapping(settings.get("index"))
    if kind != "cassandra":
        return
    for name in ("tag_whitelist", "tag_blacklist"):
        stray = [tag for tag in str(index.get(name) or "").split(",") if tag != tag.strip()]
        if stray:
            yield Breach(
                f"`{stray[0]}`, with a space", f"`{stray[0].strip()}`", (scene.jaeger, (*path, "index", name))
            )
    if index.get("tag_whitelist") and index.get("tag_blacklist"):
        yield Breach(
            "a whitelist and a blacklist", "one of them", (scene.jaeger, (*path, "index", "tag_blacklist"))
        )


@rule("KIT036")
def badger_is_kept(scene: Scene) -> Iterator[Breach]:
    """Compare badger's folders with the mounts."""
    path, kind, settings = scene.backend
    jaeger = scene.containers.get("jaeger")
    if kind != "badger" or jaeger is None:
        return
    if settings.get("ephemeral", True):
        yield Breach("badger in a temporary folder", "ephemeral: false", (scene.jaeger, (*path, "ephemeral")))
    targets = [mount.target for mount in jaeger.mounts if mount.kept is not Kept.NOBODY]
    for name in ("keys", "values"):
        folder = str(dig(settings, "directories", name) or "")
        if folder and not any(folder == t or folder.startswith(t.rstrip("/") + "/") for t in targets):
            yield Breach(
                f"badger's {name} are in {folder}, which is on no volume",
                f"a folder below {', '.join(targets)}",
                (scene.jaeger, (*path, "directories", name)),
                "storage.engine",
                also=jaeger.at("mounts"),
            )


@rule("KIT038")
def storage_is_defined(scene: Scene) -> Iterator[Breach]:
    """Compare both uses of a storage's name with the definitions."""
    defined = mapping(scene.jaeger.get("extensions", "jaeger_storage", "backends"))
    uses: tuple[KeyPath, ...] = (
        ("exporters", "jaeger_storage_exporter", "trace_storage"),
        ("extensions", "jaeger_query", "storage", "traces"),
    )
    names = {str(scene.jaeger.get(*path)) for path in uses}
    for path in uses:
        name = str(scene.jaeger.get(*path))
        if name not in defined:
            yield Breach(
                f"{name} is not defined", f"one of {', '.join(map(str, defined))}", (scene.jaeger, path)
            )
    if len(names) > 1 and names <= set(map(str, defined)):
        found = (
            f"spans are written to {scene.jaeger.get(*uses[0])} but searched in {scene.jaeger.get(*uses[1])}"
        )
        yield Breach(found, "the same storage", (scene.jaeger, uses[1]))


@rule("KIT056")
def queue_holds_what_is_under_way(scene: Scene) -> Iterator[Breach]:
    """Compare queue_size with num_consumers × max_size, and with the collector's batches, all in spans."""
    queue = mapping(scene.jaeger.get(*_JAEGER_QUEUE))
    count, consumers = whole(queue.get("queue_size")), whole(queue.get("num_consumers"))
    batch = whole(dig(queue, "batch", "max_size"))
    if queue.get("enabled") and not (count and consumers):
        yield Breach(
            "a queue without num_consumers or queue_size, which have no default in Jaeger",
            "both keys",
            (scene.jaeger, _JAEGER_QUEUE),
        )
    elif count and consumers and batch and queue.get("sizer") == "items" and count < consumers * batch:
        yield Breach(
            f"a queue of {count} spans for {consumers} consumers with batches of {batch} spans",
            f"at least {consumers * batch}",
            (scene.jaeger, (*_JAEGER_QUEUE, "queue_size")),
        )
    elif count and queue.get("enabled") and queue.get("sizer") == "items":
        yield from _outgrow(scene, count)


def _outgrow(scene: Scene, room: int) -> Iterator[Breach]:
    """Find exporters of the collector whose batches may have more spans than Jaeger's queue has room for."""
    for exporter in to_jaeger(scene):
        path = exporter.path("sending_queue", "batch")
        most = whole(exporter.get("sending_queue", "batch", "max_size"))
        if batch_sizer(exporter) != "items":
            found = (
                f"batches of {exporter.id} are not counted in spans, so one may have more than {room:,} spans"
            )
            yield Breach(found, "sizer: items", (scene.collector, (*path, "sizer")))
        elif not most or most > room:
            found = f"batches of {exporter.id} may have {most or 'any number of'} spans, Jaeger's queue holds {room}"
            yield Breach(found, f"at most {room}", (scene.collector, (*path, "max_size")))


@rule("KIT066")
def a_trace_that_is_read_fits(scene: Scene) -> Iterator[Breach]:
    """Compare the limit of one trace, at 4 KiB per span, with Jaeger's memory."""
    path = ("extensions", "jaeger_query", "max_trace_size")
    soft = size(scene.container("jaeger").environment.get("GOMEMLIMIT"))
    most = whole(scene.jaeger.get(*path)) or 0
    if (
        soft
        and VERSIONS[scene.deployment[JaegerPlan].version].bounds_traces
        and not 0 < most * HELD_SPAN_BYTES < soft
    ):
        yield Breach(
            f"Jaeger reads {f'{most:,} spans' if most else 'any number of spans'} of one trace, "
            f"but its GOMEMLIMIT is {mib(soft)}",
            f"at most {soft // HELD_SPAN_BYTES // 3} spans",
            (scene.jaeger, path),
            "jaeger.largest_trace",
        )


CHECKS = (
    ui_config_is_mounted, indexed_tags_are_read, badger_is_kept, storage_is_defined,
    queue_holds_what_is_under_way, a_trace_that_is_read_fits,
)  # fmt: skip
