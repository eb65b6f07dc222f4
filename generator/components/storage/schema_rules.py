"""Rules of the schema: compaction windows and time to live."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.storage.plan import StoragePlan
from generator.components.storage.retention import MAX_WINDOWS
from generator.rules.check import Breach, rule
from generator.rules.scene import Scene


@rule("KIT030")
def windows_are_few(scene: Scene) -> Iterator[Breach]:
    """Check ttl / window of each table; only ScyllaDB has a limit."""
    if scene.deployment[StoragePlan].engine != "scylla":
        return
    for name, table in scene.schema.tables.items():
        count = table.ttl // (table.window * 60) if table.window else 0
        if count > MAX_WINDOWS:
            yield Breach(
                f"{name}: rows are kept {table.ttl} s, a window is {table.window} minutes: {count} windows",
                f"windows of at least {-(-table.ttl // (60 * 20))} minutes",
                scene.schema_text.line_of(f".{name} "),
                "storage.retention",
            )


@rule("KIT035")
def rows_live_alike(scene: Scene) -> Iterator[Breach]:
    """Compare the time to live of each index with that of the traces."""
    tables = scene.schema.tables
    traces = tables.get("traces")
    for name, table in tables.items():
        if traces and name.endswith("_index") and table.ttl != traces.ttl:
            yield Breach(
                f"{name} keeps its rows {table.ttl} s, but traces keeps them {traces.ttl} s",
                f"{traces.ttl} s",
                scene.schema_text.line_of(f".{name} "),
                "storage.retention",
            )
    kept = scene.deployment[StoragePlan].retention.seconds
    if traces and traces.ttl != kept:
        yield Breach(
            f"the schema keeps traces {traces.ttl} s, but storage.retention is {kept} s",
            f"{kept} s",
            scene.schema_text.line_of(".traces "),
            "storage.retention",
        )


CHECKS = (windows_are_few, rows_live_alike)
