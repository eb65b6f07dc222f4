"""Storage: windows, lifetimes and what can be searched."""

from __future__ import annotations

from collections.abc import Iterator

from generator.deployment.retention import MAX_WINDOWS
from generator.rules.check import Breach, rule
from generator.rules.containers import Kept
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping
from generator.rules.units import seconds

# What the samples' own searches use: `kit traces search --attribute coupon.campaign=42`, errors in Jaeger's UI.
_SEARCHED = ("error", "coupon.campaign")
_NAMES = ("service_names", "operation_names_v2")


@rule("KIT030")
def windows_are_few(scene: Scene) -> Iterator[Breach]:
    """Count ttl / window for each table; only ScyllaDB has the limit."""
    if scene.deployment.storage.engine != "scylla":
        return
    for name, table in scene.schema.tables.items():
        count = table.ttl // (table.window * 60) if table.window else 0
        if count > MAX_WINDOWS:
            yield Breach(
                f"{name}: rows live {table.ttl} s, a window is {table.window} minutes: {count} windows",
                f"windows of at least {-(-table.ttl // (60 * 20))} minutes",
                scene.schema_text.line_of(f".{name} "),
                "storage.retention",
            )


@rule("KIT031")
def names_are_forgotten_in_time(scene: Scene) -> Iterator[Breach]:
    """Compare the cache's lifetime with that of the rows."""
    path, kind, settings = scene.backend
    if kind != "cassandra":
        return
    cache = seconds(settings.get("span_store_write_cache_ttl", "12h"))
    rows = min((t.ttl for name in _NAMES if (t := scene.schema.tables.get(name)) and t.ttl), default=0)
    if cache is not None and rows and cache > rows / 2:
        yield Breach(
            f"names are cached for {cache / 3600:g} h, their rows live {rows / 3600:g} h",
            f"at most {rows / 7200:g} h",
            (scene.jaeger, (*path, "span_store_write_cache_ttl")),
            "storage.retention",
            also=scene.schema_text.line_of(f".{_NAMES[0]} "),
        )


@rule("KIT032")
def lookback_is_kept(scene: Scene) -> Iterator[Breach]:
    """Compare the UI's longest lookback with the retention."""
    path = ("search", "maxLookback", "value")
    lookback = seconds(scene.ui.get(*path))
    kept = scene.deployment.storage.retention
    # Retentions below a day are rounded up: the UI's list begins there.
    if lookback is not None and lookback > max(kept.seconds, 86_400):
        yield Breach(
            f"{scene.ui.get(*path)}, and traces are kept {kept}",
            f"at most {kept}",
            (scene.ui, path),
            "storage.retention",
        )


@rule("KIT033")
def indexed_tags_are_read(scene: Scene) -> Iterator[Breach]:
    """Look at both lists."""
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


@rule("KIT034")
def searched_tags_are_indexed(scene: Scene) -> Iterator[Breach]:
    """Compare the whitelist with what searches need."""
    path, kind, settings = scene.backend
    index = mapping(settings.get("index"))
    if kind != "cassandra" or "tag_whitelist" not in index or index.get("tags") is False:
        return
    known = str(index.get("tag_whitelist") or "").split(",")
    missing = [tag for tag in (_SEARCHED if scene.runs_samples else _SEARCHED[:1]) if tag not in known]
    if missing:
        why = (
            "failed requests can't be searched for" if "error" in missing else "the samples' searches use it"
        )
        yield Breach(
            f"{' and '.join(missing)} not among the indexed tags: {why}",
            f"[{', '.join(missing)}, …]",
            (scene.jaeger, (*path, "index", "tag_whitelist")),
            "storage.indexed_tags",
        )


@rule("KIT035")
def rows_live_alike(scene: Scene) -> Iterator[Breach]:
    """Compare each index's lifetime with that of the traces."""
    tables = scene.schema.tables
    traces = tables.get("traces")
    for name, table in tables.items():
        if traces and name.endswith("_index") and table.ttl != traces.ttl:
            yield Breach(
                f"{name} keeps its rows {table.ttl} s, traces {traces.ttl} s",
                f"{traces.ttl} s",
                scene.schema_text.line_of(f".{name} "),
                "storage.retention",
            )
    kept = scene.deployment.storage.retention.seconds
    if traces and traces.ttl != kept:
        yield Breach(
            f"the schema keeps traces {traces.ttl} s, the spec says {kept} s",
            f"{kept} s",
            scene.schema_text.line_of(".traces "),
            "storage.retention",
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
                f"badger's {name} in {folder}, which is on no volume",
                f"a folder below {', '.join(targets)}",
                (scene.jaeger, (*path, "directories", name)),
                "storage.engine",
                also=jaeger.at("mounts"),
            )


CHECKS = (
    windows_are_few, names_are_forgotten_in_time, lookback_is_kept, indexed_tags_are_read,
    searched_tags_are_indexed, rows_live_alike, badger_is_kept,
)  # fmt: skip
