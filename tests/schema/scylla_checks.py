"""The checks behind `scylla_refuses`: a schema's definitions ⇒ what is wrong, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from generator.components.storage.cql import Definition
from generator.components.storage.lifetimes import short_class, ttl_seconds, window_seconds
from generator.components.storage.retention import MAX_WINDOWS

Check = Callable[[Sequence[Definition]], Iterator[str]]

_LONGEST_NAME = 48
_LONGEST_TTL = 20 * 365 * 86_400


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NATIVE_TYPES = _words(
    "ascii bigint blob boolean counter date decimal double duration float inet int smallint text time timestamp"
    " timeuuid tinyint uuid varchar varint"
)
_COLLECTIONS = _words("list set map tuple frozen")
_OPTIONS_OF_ALL = _words(
    "class enabled min_threshold max_threshold tombstone_threshold tombstone_compaction_interval"
    " unchecked_tombstone_compaction only_purge_repaired_tombstones"
)
_SIZED = _words("min_sstable_size bucket_low bucket_high cold_reads_to_omit")
_STRATEGIES = {
    "SizeTieredCompactionStrategy": _SIZED,
    "TimeWindowCompactionStrategy": _SIZED
    | _words(
        "compaction_window_unit compaction_window_size timestamp_resolution enable_optimized_twcs_queries"
        " expired_sstable_check_frequency_seconds"
    ),
    "LeveledCompactionStrategy": _words("sstable_size_in_mb"),
    "IncrementalCompactionStrategy": _SIZED | _words("sstable_size_in_mb space_amplification_goal"),
    "NullCompactionStrategy": _words(""),
}


def names(schema: Sequence[Definition]) -> Iterator[str]:
    """At most 48 letters, digits and underscores."""
    for one in schema:
        for name in filter(None, (one.keyspace, one.name)):
            if not re.fullmatch(rf"\w{{1,{_LONGEST_NAME}}}", name, re.ASCII):
                yield f"`{name}` is no name of at most {_LONGEST_NAME} letters, digits and underscores"


def repeated(schema: Sequence[Definition]) -> Iterator[str]:
    """No property twice."""
    for one in schema:
        for name in one.repeated:
            yield f"{one.title} says `{name}` twice"


def known_properties(kind: str, known: str) -> Check:
    """Only properties that there are."""
    there = _words(known)

    def check(schema: Sequence[Definition]) -> Iterator[str]:
        for one in _of(schema, kind):
            for name in one.properties:
                if name not in there:
                    yield f"{one.title} has `{name}`, which is no property of a {kind.lower()}"

    return check


def network_topology(schema: Sequence[Definition]) -> Iterator[str]:
    """Copies are placed by datacenter."""
    for keyspace in _of(schema, "KEYSPACE"):
        if "replication" not in keyspace.properties and keyspace.action == "CREATE":
            yield f"{keyspace.title} says no replication"
        elif "replication" in keyspace.properties:
            strategy = keyspace.mapping("replication").get("class")
            if short_class(strategy) != "NetworkTopologyStrategy":
                yield f"{keyspace.title} has {strategy or 'no class'}, not NetworkTopologyStrategy"


def copies(schema: Sequence[Definition]) -> Iterator[str]:
    """A number of copies for each datacenter."""
    for keyspace in _of(schema, "KEYSPACE"):
        replication = keyspace.mapping("replication")
        counts = {name: value for name, value in replication.items() if name != "class"}
        if replication and not counts:
            yield f"{keyspace.title} names no datacenter"
        for name, value in counts.items():
            if not isinstance(value, list) and not re.fullmatch(r"\d+", str(value)):
                yield f"{keyspace.title} has `{value}` copies in {name}"


def tablets(schema: Sequence[Definition]) -> Iterator[str]:
    """`enabled` is true or false; `initial`, a number, only with tablets."""
    for keyspace in _of(schema, "KEYSPACE"):
        if "tablets" not in keyspace.properties:
            continue
        options = keyspace.mapping("tablets")
        if unknown := sorted(set(options) - {"enabled", "initial"}):
            yield f"{keyspace.title} has tablets with `{unknown[0]}`"
        if options.get("enabled", "true") not in ("true", "false"):
            yield f"{keyspace.title} has tablets enabled: `{options['enabled']}`"
        if "initial" in options and options.get("enabled") == "false":
            yield f"{keyspace.title} has a number of tablets but none enabled"
        if not options:
            yield f"{keyspace.title} has an empty tablets clause"


def tablets_only_at_create(schema: Sequence[Definition]) -> Iterator[str]:
    """A keyspace has tablets or not, for good."""
    for keyspace in _of(schema, "KEYSPACE"):
        if keyspace.action == "ALTER" and "enabled" in keyspace.mapping("tablets"):
            yield f"{keyspace.title} can't be altered to have tablets or not"


def leases_without_tablets(schema: Sequence[Definition]) -> Iterator[str]:
    """Jaeger takes its lease by a lightweight transaction."""
    for keyspace in _of(schema, "KEYSPACE"):
        if keyspace.action == "CREATE" and keyspace.mapping("tablets").get("enabled") != "false":
            yield f"{keyspace.title} has tablets, on which `leases` can't be taken"


def clustering_order(schema: Sequence[Definition]) -> Iterator[str]:
    """The key's columns from the first on, in their order, and only where a table is made."""
    for table in _of(schema, "TABLE"):
        if not table.order:
            continue
        if table.action == "ALTER":
            yield f"{table.title}: an order of clustering can't be altered"
        elif tuple(table.order) != table.clustering_key[: len(table.order)]:
            yield f"{table.title} orders by {', '.join(table.order)}, its key is {', '.join(table.clustering_key)}"


def keys(schema: Sequence[Definition]) -> Iterator[str]:
    """A key has a partition, and only columns that there are."""
    for table in _of(schema, "TABLE"):
        if table.action == "CREATE" and not table.partition_key:
            yield f"{table.title} has no PRIMARY KEY"
        for name in (*table.partition_key, *table.clustering_key):
            if name not in table.columns:
                yield f"{table.title} has `{name}` in its key but no such column"


def frozen(schema: Sequence[Definition]) -> Iterator[str]:
    """What stands in a collection, or in a type's field, is no changeable type of its own."""
    for one in schema:
        for column, kind in one.columns.items():
            inner = re.findall(r"(\w+)<|(\w+)", kind)
            own = [plain for _, plain in inner if plain and plain not in _NATIVE_TYPES]
            for name in own:
                nested = kind != name or one.kind == "TYPE"
                if nested and f"frozen<{name}>" not in kind:
                    yield f"{one.title}: `{column} {kind}` holds {name}, which is not frozen"
            for collection, _ in inner:
                if collection and collection not in _COLLECTIONS:
                    yield f"{one.title}: `{column} {kind}` has no collection {collection}"
            if one.kind == "TYPE" and re.match(r"(list|set|map)<", kind):
                yield f"{one.title}: `{column} {kind}` is a collection that is not frozen"


def ttl(schema: Sequence[Definition]) -> Iterator[str]:
    """0 to 20 years."""
    for table in _of(schema, "TABLE"):
        if "default_time_to_live" in table.properties:
            seconds = ttl_seconds(table)
            if seconds is None or seconds > _LONGEST_TTL:
                shown = table.properties["default_time_to_live"]
                yield f"{table.title} lets rows live `{shown}` seconds: 0 to {_LONGEST_TTL}"


def grace(schema: Sequence[Definition]) -> Iterator[str]:
    """A whole number of seconds."""
    for table in _of(schema, "TABLE"):
        value = table.properties.get("gc_grace_seconds", "0")
        if not isinstance(value, str) or not re.fullmatch(r"\d+", value):
            yield f"{table.title} has gc_grace_seconds `{value}`"


def compaction_options(schema: Sequence[Definition]) -> Iterator[str]:
    """A strategy that there is, with options that it has."""
    for table in _of(schema, "TABLE"):
        if "compaction" not in table.properties:
            continue
        options = table.mapping("compaction")
        strategy = short_class(options.get("class"))
        if strategy not in _STRATEGIES:
            yield f"{table.title} compacts by `{strategy}`"
            continue
        for name in sorted(set(options) - _OPTIONS_OF_ALL - _STRATEGIES[strategy]):
            yield f"{table.title} compacts with `{name}`, which {strategy} does not have"


def window_size(schema: Sequence[Definition]) -> Iterator[str]:
    """A whole number of minutes, hours or days."""
    for table in _of(schema, "TABLE"):
        strategy = short_class(table.mapping("compaction").get("class"))
        if strategy == "TimeWindowCompactionStrategy" and window_seconds(table) is None:
            options = table.mapping("compaction")
            size, unit = options.get("compaction_window_size"), options.get("compaction_window_unit")
            yield f"{table.title} has a window of `{size} {unit}`"


def window_count(schema: Sequence[Definition]) -> Iterator[str]:
    """At most 50 windows until a row expires, and rows that expire."""
    for table in _of(schema, "TABLE"):
        window, seconds = window_seconds(table), ttl_seconds(table)
        if window is not None and not seconds:
            yield f"{table.title} has windows, but rows that never expire, or an ALTER that does not say when"
        elif window is not None and seconds and seconds // window > MAX_WINDOWS:
            yield f"{table.title} makes {seconds // window} windows: at most {MAX_WINDOWS}"
        elif table.action == "ALTER" and seconds is not None and "compaction" not in table.properties:
            yield f"{table.title} alters the time to live without the window"


def compression(known: str) -> Check:
    """A compressor that there is, and chunks whose size is a power of two."""
    there = _words(known)

    def check(schema: Sequence[Definition]) -> Iterator[str]:
        for table in _of(schema, "TABLE"):
            options = table.mapping("compression")
            if not options:
                continue
            name = short_class(options.get("sstable_compression"))
            if name not in there:
                yield f"{table.title} is compressed by `{name or 'nothing: sstable_compression is missing'}`"
            allowed = {"sstable_compression", "chunk_length_in_kb", "crc_check_chance", "compression_level"}
            for option in sorted(set(options) - allowed):
                yield f"{table.title} is compressed with `{option}`"
            chunk = str(options.get("chunk_length_in_kb", "4"))
            if not re.fullmatch(r"\d+", chunk) or int(chunk).bit_count() != 1:
                yield f"{table.title} is compressed in chunks of `{chunk}` KiB, no power of two"

    return check


def tombstone_gc(schema: Sequence[Definition]) -> Iterator[str]:
    """A mode that there is."""
    for table in _of(schema, "TABLE"):
        if "tombstone_gc" not in table.properties:
            continue
        options = table.mapping("tombstone_gc")
        if options.get("mode") not in ("disabled", "immediate", "timeout", "repair"):
            yield f"{table.title} has tombstone_gc in mode `{options.get('mode')}`"
        for name in sorted(set(options) - {"mode", "propagation_delay_in_seconds"}):
            yield f"{table.title} has tombstone_gc with `{name}`"


def repair_mode_needs_copies(schema: Sequence[Definition]) -> Iterator[str]:
    """One copy is never repaired."""
    alone = any(
        [str(value) for name, value in keyspace.mapping("replication").items() if name != "class"] == ["1"]
        for keyspace in _of(schema, "KEYSPACE")
    )
    for table in _of(schema, "TABLE"):
        if alone and table.mapping("tombstone_gc").get("mode") == "repair":
            yield f"{table.title} has tombstone_gc by repair, but its rows have one copy"


def speculative_retry(schema: Sequence[Definition]) -> Iterator[str]:
    """NONE, ALWAYS, milliseconds or a percentile."""
    for table in _of(schema, "TABLE"):
        value = str(table.properties.get("speculative_retry", "NONE"))
        if not re.fullmatch(r"NONE|ALWAYS|\d+(\.\d+)?(MS|PERCENTILE)", value.upper()):
            yield f"{table.title} has speculative_retry `{value}`"


def _of(schema: Sequence[Definition], kind: str) -> Iterator[Definition]:
    return (one for one in schema if one.kind == kind)
