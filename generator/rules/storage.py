"""Storage: cached names, lookback of the search, and indexed tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.components.storage.plan import StoragePlan
from generator.rules.check import Breach, rule
from generator.rules.containers import At
from generator.rules.scene import Scene
from generator.rules.text import mapping
from generator.rules.units import seconds

# Tags of the samples' searches: `kit traces search --attribute coupon.campaign=42`, errors in Jaeger's UI.
_SEARCHED = ("error", "coupon.campaign")
# Statements, stack traces, whole addresses and headers: often 256 bytes or more, which Jaeger does not index.
_LONG = (
    *("db.statement", "db.query.text", "exception.stacktrace", "exception.message", "url.full", "url.query"),
    *("http.url", "http.target", "user_agent.original", "http.user_agent", "process.command_line"),
    *("process.command_args", "messaging.message.body", "rpc.message", "graphql.document", "code.stacktrace"),
)
_LONG_ENDINGS = (".stacktrace", ".body", ".payload", ".statement", ".query.text", ".document")
# Wildcards of shells, of SQL and of regular expressions.
_PATTERN = re.compile(r"[*?%|]|^\^|\$$|\.\+|\[.+\]|^(all|any)$", re.IGNORECASE)
_NAMES = ("service_names", "operation_names_v2")


@rule("KIT031")
def names_are_forgotten_in_time(scene: Scene) -> Iterator[Breach]:
    """Compare the lifetime of cached names with the lifetime of their rows."""
    path, kind, settings = scene.backend
    if kind != "cassandra":
        return
    cache = seconds(settings.get("span_store_write_cache_ttl", "12h"))
    rows = min((t.ttl for name in _NAMES if (t := scene.schema.tables.get(name)) and t.ttl), default=0)
    if cache is not None and rows and cache > rows / 2:
        yield Breach(
            f"names are cached for {cache / 3600:g} h, their rows expire after {rows / 3600:g} h",
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
    kept = scene.deployment[StoragePlan].retention
    # A retention below one day counts as one day, the shortest lookback in the UI's list.
    if lookback is not None and lookback > max(kept.seconds, 86_400):
        yield Breach(
            f"{scene.ui.get(*path)}, but traces are kept for {kept}",
            f"at most {kept}",
            (scene.ui, path),
            "storage.retention",
        )


def _at_whitelist(scene: Scene) -> At:
    return scene.jaeger, (*scene.backend[0], "index", "tag_whitelist")


def _indexed(scene: Scene) -> list[str]:
    """Return the tags that Jaeger indexes; empty if it indexes no tags or uses another storage."""
    _, kind, settings = scene.backend
    index = mapping(settings.get("index"))
    if kind != "cassandra" or index.get("tags") is False:
        return []
    return [tag.strip() for tag in str(index.get("tag_whitelist") or "").split(",")]


@rule("KIT034")
def searched_tags_are_indexed(scene: Scene) -> Iterator[Breach]:
    """Compare the whitelist with the tags that searches need."""
    _, kind, settings = scene.backend
    index = mapping(settings.get("index"))
    if kind != "cassandra" or "tag_whitelist" not in index or index.get("tags") is False:
        return
    known = str(index.get("tag_whitelist") or "").split(",")
    missing = [tag for tag in (_SEARCHED if scene.runs_samples else _SEARCHED[:1]) if tag not in known]
    if missing:
        why = "failed requests can't be found" if "error" in missing else "the samples' searches use it"
        yield Breach(
            f"not indexed: {' and '.join(missing)}; {why}",
            f"[{', '.join(missing)}, …]",
            _at_whitelist(scene),
            "storage.indexed_tags",
        )


@rule("KIT039")
def indexed_values_are_short(scene: Scene) -> Iterator[Breach]:
    """Find indexed tags whose values are usually long."""
    long = [tag for tag in _indexed(scene) if tag in _LONG or tag.endswith(_LONG_ENDINGS)]
    if long:
        yield Breach(
            f"{' and '.join(long)}: values of 256 bytes or more are not in the index",
            "tags with short values",
            _at_whitelist(scene),
            "storage.indexed_tags",
        )


@rule("KIT152")
def indexed_tags_are_exact(scene: Scene) -> Iterator[Breach]:
    """Find indexed tags that look like patterns."""
    patterns = [tag for tag in _indexed(scene) if _PATTERN.search(tag)]
    if patterns:
        yield Breach(
            f"{' and '.join(f'`{tag}`' for tag in patterns)}: no attribute has this key, so no span is indexed by it",
            "each key in full, such as http.route",
            _at_whitelist(scene),
            "storage.indexed_tags",
        )


CHECKS = (
    names_are_forgotten_in_time,
    lookback_is_kept,
    searched_tags_are_indexed,
    indexed_values_are_short,
    indexed_tags_are_exact,
)
