"""What ScyllaDB refuses in a schema, by version: one row a rule, each with its source.

An oracle for tests. The kit renders for versions that it can't run everywhere; these rows stand for the server's own
checks. They are no rules of `kit validate`: the template alone decides what they look at, so that a test over every
version proves it, and what a user's wishes decide has rules there (KIT013 to KIT015, KIT030, KIT035). A source is a
file of ScyllaDB's repository, or one of its issues; where a row has a first or a last version, the source says what
changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from generator.components.storage.cql import Definition, definition
from generator.spec.release import line
from tests.schema import scylla_checks as check

Check = Callable[[Sequence[Definition]], Iterator[str]]
_FIRST, _LAST = (0, 0), (9999, 0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that a server refuses.

    Attributes:
        name: short, for messages.
        source: where it can be read.
        check: a whole schema's definitions ⇒ what is wrong.
        since: the first release line that has it.
        before: the first that has it no longer.
    """

    name: str
    source: str
    check: Check
    since: tuple[int, int] = _FIRST
    before: tuple[int, int] = _LAST

    def holds(self, version: str) -> bool:
        """Whether a version has it."""
        return self.since <= line(version) < self.before


REFUSALS = (
    Refusal("names", "schema/schema.hh NAME_LENGTH", check.names),
    Refusal("a property is given once", "cql3/statements/property_definitions.cc", check.repeated),
    Refusal(
        "properties of a keyspace",
        "cql3/statements/ks_prop_defs.cc",
        check.known_properties("KEYSPACE", "replication durable_writes storage tablets"),
    ),
    Refusal(
        "properties of a table",
        "cql3/statements/cf_prop_defs.cc and the schema extensions of main.cc",
        check.known_properties(
            "TABLE",
            "bloom_filter_fp_chance caching cdc comment compaction compression crc_check_chance"
            " default_time_to_live gc_grace_seconds max_index_interval memtable_flush_period_in_ms"
            " min_index_interval paxos_grace_seconds per_partition_rate_limit speculative_retry tombstone_gc",
        ),
    ),
    Refusal(
        "strategy of replication",
        "SimpleStrategy fails with tablets from 2026.2 on and is warned of before: db/config.cc"
        " replication_strategy_warn_list; the kit never uses it",
        check.network_topology,
    ),
    Refusal("copies", "locator/network_topology_strategy.cc", check.copies),
    Refusal("tablets clause", "cql3/statements/ks_prop_defs.cc get_initial_tablets, 6.2.3", check.tablets),
    Refusal(
        "tablets are chosen at CREATE",
        "cql3/statements/alter_keyspace_statement.cc: `Cannot alter replication strategy vnode/tablets flavor`",
        check.tablets_only_at_create,
    ),
    Refusal(
        "no lightweight transactions on tablets",
        "scylladb #18068, mended in 2025.4 by #24819",
        check.leases_without_tablets,
        before=(2025, 4),
    ),
    Refusal(
        "clustering order",
        "cql3/statements/create_table_statement.cc: all of it, in the key's order",
        check.clustering_order,
    ),
    Refusal("keys name columns", "create_table_statement.cc get_type_and_remove", check.keys),
    Refusal("types in collections are frozen", "cql3/cql3_type.cc", check.frozen),
    Refusal("time to live", "cql3/statements/cf_prop_defs.cc; gc/ttl.hh max_ttl: 20 years", check.ttl),
    Refusal("grace", "cql3/statements/cf_prop_defs.cc", check.grace),
    Refusal(
        "options of compaction",
        "compaction/compaction_strategy.cc validate_options_for_strategy_type",
        check.compaction_options,
    ),
    Refusal("size of a window", "compaction/time_window_compaction_strategy.cc", check.window_size),
    Refusal(
        "at most 50 windows",
        "cql3/statements/create_table_statement.cc check_restricted_table_properties: floor(ttl / window)"
        " <= twcs_max_window_count, the same at 6.2.3, 2025.1.0 and 2026.2.5",
        check.window_count,
    ),
    Refusal(
        "compressors",
        "compress.cc; those with dictionaries came with 2025.2",
        check.compression("LZ4Compressor SnappyCompressor DeflateCompressor ZstdCompressor"),
        before=(2025, 2),
    ),
    Refusal(
        "compressors with dictionaries",
        "sstables/compressor.cc, 2025.2 on",
        check.compression(
            "LZ4Compressor SnappyCompressor DeflateCompressor ZstdCompressor LZ4WithDictsCompressor"
            " ZstdWithDictsCompressor"
        ),
        since=(2025, 2),
    ),
    Refusal("tombstone_gc", "tombstone_gc_options.cc", check.tombstone_gc),
    Refusal(
        "tombstone_gc by repair needs copies",
        "tombstone_gc.cc validate_tombstone_gc_options; `repair` is every table's default from 2026.2 on",
        check.repair_mode_needs_copies,
        before=(2026, 2),
    ),
    Refusal("speculative retry", "schema/schema.cc speculative_retry::from_sstring", check.speculative_retry),
)


def complaints(statements: Iterable[str], version: str) -> list[str]:
    """What a ScyllaDB of this version would refuse; empty when all is well.

    Args:
        statements: a whole schema, or statements that alter one.
        version: as 2026.1.11.

    Raises:
        CqlError: a statement can't be read.
    """
    schema = [definition(statement) for statement in statements]
    return [
        f"{rule.name}: {wrong} ({rule.source})"
        for rule in REFUSALS
        if rule.holds(version)
        for wrong in rule.check(schema)
    ]
