"""Storage: windows, lifetimes and what can be searched."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.components.storage.plan import StoragePlan
from generator.components.storage.retention import MAX_WINDOWS
from generator.rules.check import Hit, rule
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping
from generator.rules.units import seconds

# What the samples' own searches use: `kit traces search --attribute coupon.campaign=42`, errors in Jaeger's UI.
_SEARCHED = ("error", "coupon.campaign")
_NAMES = ("service_names", "operation_names_v2")


@rule(
    "KIT030",
    "a table has at most 50 compaction windows",
    Severity.ERROR,
    reason="ScyllaDB refuses the table (`twcs_max_window_count`), and a half-made keyspace stays behind.",
    source="ScyllaDB, cql3/statements/create_table_statement.cc; scylladb/scylladb #24298 advises 10 to 20",
    fix="let the window be retention / 20, as `kit generate` renders it; change both in one ALTER TABLE",
    bad="""
    # scylla/schema.cql, edited by hand
    -'compaction_window_size': '504'
    +'compaction_window_size': '60'
    """,
    good="storage: {retention: 30d}",
)
def windows_are_few(scene: Scene) -> Iterator[Hit]:
    """Count ttl / window for each table; only ScyllaDB has the limit."""
    if scene.deployment[StoragePlan].engine != "scylla":
        return
    for name, table in scene.schema.tables.items():
        count = table.ttl // (table.window * 60) if table.window else 0
        if count > MAX_WINDOWS:
            yield Hit(
                f"{name}: rows live {table.ttl} s, a window is {table.window} minutes: {count} windows",
                f"windows of at least {-(-table.ttl // (60 * 20))} minutes",
                scene.schema_text.line_of(f".{name} "),
                "storage.retention",
            )


@rule(
    "KIT031",
    "a name is forgotten before its row expires",
    Severity.ERROR,
    reason="Services and operations vanish from Jaeger's search until the cache forgets them: their rows expire with "
    "the traces, and Jaeger does not write them again.",
    source="Jaeger's cassandra options, `span_store_write_cache_ttl` (12h by default)",
    fix="at most half of the retention",
    bad="""
    # jaeger/config.yaml, edited by hand
    -span_store_write_cache_ttl: 12h
    +span_store_write_cache_ttl: 240h
    """,
    good="storage: {retention: 2h}",
)
def names_are_forgotten_in_time(scene: Scene) -> Iterator[Hit]:
    """Compare the cache's lifetime with that of the rows."""
    path, kind, settings = scene.backend
    if kind != "cassandra":
        return
    cache = seconds(settings.get("span_store_write_cache_ttl", "12h"))
    rows = min((t.ttl for name in _NAMES if (t := scene.schema.tables.get(name)) and t.ttl), default=0)
    if cache is not None and rows and cache > rows / 2:
        yield Hit(
            f"names are cached for {cache / 3600:g} h, their rows live {rows / 3600:g} h",
            f"at most {rows / 7200:g} h",
            (scene.jaeger, (*path, "span_store_write_cache_ttl")),
            "storage.retention",
            also=scene.schema_text.line_of(f".{_NAMES[0]} "),
        )


@rule(
    "KIT032",
    "Jaeger's UI looks no further back than traces are kept",
    Severity.WARNING,
    reason="A search over days that hold nothing costs a query for each hour of them, and finds nothing.",
    source="Jaeger UI, `search.maxLookback`; Jaeger's duration search reads one partition for each hour",
    fix="a lookback within storage.retention",
    bad="""
    # overrides/jaeger-ui.json
    {"search": {"maxLookback": {"label": "30 days", "value": "30d"}}}
    """,
    good="""
    # overrides/jaeger-ui.json
    {"search": {"maxLookback": {"label": "2 days", "value": "2d"}}}
    """,
)
def lookback_is_kept(scene: Scene) -> Iterator[Hit]:
    """Compare the UI's longest lookback with the retention."""
    path = ("search", "maxLookback", "value")
    lookback = seconds(scene.ui.get(*path))
    kept = scene.deployment[StoragePlan].retention
    # Retentions below a day are rounded up: the UI's list begins there.
    if lookback is not None and lookback > max(kept.seconds, 86_400):
        yield Hit(
            f"{scene.ui.get(*path)}, and traces are kept {kept}",
            f"at most {kept}",
            (scene.ui, path),
            "storage.retention",
        )


@rule(
    "KIT033",
    "the list of indexed tags is one that Jaeger reads as meant",
    Severity.ERROR,
    reason="Jaeger splits the list at commas and trims nothing: ` http.route` with a space is indexed and never found. "
    "A list of both kinds is refused.",
    source="Jaeger's cassandra options, `index.tag_whitelist` and `tag_blacklist`",
    fix="no spaces, and one kind of list: storage.indexed_tags renders it",
    bad="""
    # jaeger/config.yaml, edited by hand
    -error,http.route
    +error, http.route
    """,
    good="storage: {indexed_tags: [error, http.route, coupon.campaign]}",
)
def indexed_tags_are_read(scene: Scene) -> Iterator[Hit]:
    """Look at both lists."""
    path, kind, settings = scene.backend
    index = mapping(settings.get("index"))
    if kind != "cassandra":
        return
    for name in ("tag_whitelist", "tag_blacklist"):
        stray = [tag for tag in str(index.get(name) or "").split(",") if tag != tag.strip()]
        if stray:
            yield Hit(
                f"`{stray[0]}`, with a space", f"`{stray[0].strip()}`", (scene.jaeger, (*path, "index", name))
            )
    if index.get("tag_whitelist") and index.get("tag_blacklist"):
        yield Hit(
            "a whitelist and a blacklist", "one of them", (scene.jaeger, (*path, "index", "tag_blacklist"))
        )


@rule(
    "KIT034",
    "what people search by is indexed",
    Severity.WARNING,
    reason="Jaeger answers such a search with nothing, and not with an error: it looks like no trace matched.",
    source="Jaeger's cassandra spanstore/reader.go: a tag search reads `tag_index` alone",
    fix="add it to storage.indexed_tags; rows are written from then on, not for older spans",
    bad="storage: {indexed_tags: [http.route, coupon.campaign]}",
    good="storage: {indexed_tags: [error, coupon.campaign]}",
)
def searched_tags_are_indexed(scene: Scene) -> Iterator[Hit]:
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
        yield Hit(
            f"{' and '.join(missing)} not among the indexed tags: {why}",
            f"[{', '.join(missing)}, …]",
            (scene.jaeger, (*path, "index", "tag_whitelist")),
            "storage.indexed_tags",
        )


@rule(
    "KIT035",
    "index rows live as long as the traces they name",
    Severity.ERROR,
    reason="A search finds the id of a trace that is gone, or misses one that is still there.",
    source="Jaeger's v004.cql.tmpl: one TTL for all of them",
    fix="one retention for all tables: storage.retention, applied by `kit schema apply`",
    bad="""
    # scylla/schema.cql, edited by hand
    -  AND default_time_to_live = 604800
    +  AND default_time_to_live = 86400
    """,
    good="storage: {retention: 14d}",
)
def rows_live_alike(scene: Scene) -> Iterator[Hit]:
    """Compare each index's lifetime with that of the traces."""
    tables = scene.schema.tables
    traces = tables.get("traces")
    for name, table in tables.items():
        if traces and name.endswith("_index") and table.ttl != traces.ttl:
            yield Hit(
                f"{name} keeps its rows {table.ttl} s, traces {traces.ttl} s",
                f"{traces.ttl} s",
                scene.schema_text.line_of(f".{name} "),
                "storage.retention",
            )
    kept = scene.deployment[StoragePlan].retention.seconds
    if traces and traces.ttl != kept:
        yield Hit(
            f"the schema keeps traces {traces.ttl} s, the spec says {kept} s",
            f"{kept} s",
            scene.schema_text.line_of(".traces "),
            "storage.retention",
        )


@rule(
    "KIT036",
    "what Jaeger keeps itself lies on a volume",
    Severity.ERROR,
    reason="The traces go with the container, at the next `docker compose up` that makes a new one.",
    source="Jaeger's badger config: `ephemeral` is true by default, a temporary folder that is wiped",
    fix="a volume at the folder of `directories`, and `ephemeral: false`",
    bad="""
    storage: {engine: badger}
    # jaeger/config.yaml, edited by hand
    -keys: /var/lib/jaeger/keys
    +keys: /tmp/keys
    """,
    good="storage: {engine: badger, retention: 3d}",
)
def badger_is_kept(scene: Scene) -> Iterator[Hit]:
    """Compare badger's folders with the mounts."""
    path, kind, settings = scene.backend
    jaeger = scene.containers.get("jaeger")
    if kind != "badger" or jaeger is None:
        return
    if settings.get("ephemeral", True):
        yield Hit("badger in a temporary folder", "ephemeral: false", (scene.jaeger, (*path, "ephemeral")))
    targets = [target for _, kind_, _, target in jaeger.mounts if kind_ in ("volume", "bind")]
    for name in ("keys", "values"):
        folder = str(dig(settings, "directories", name) or "")
        if folder and not any(folder == t or folder.startswith(t.rstrip("/") + "/") for t in targets):
            yield Hit(
                f"badger's {name} in {folder}, which is on no volume",
                f"a folder below {', '.join(targets)}",
                (scene.jaeger, (*path, "directories", name)),
                "storage.engine",
                also=(scene.compose, jaeger.path("volumes")),
            )


CHECKS = (
    windows_are_few, names_are_forgotten_in_time, lookback_is_kept, indexed_tags_are_read,
    searched_tags_are_indexed, rows_live_alike, badger_is_kept,
)  # fmt: skip
