"""Where traces are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec import containers, kinds
from generator.spec.keys import ATTRIBUTE, key
from generator.spec.quantities import Duration, Size

_KEYSPACE = kinds.Text(r"[a-z][a-z0-9_]{0,47}", "letters, digits and `_`, at most 48 characters")
_DATACENTER = kinds.Text(r"[A-Za-z0-9_.-]{1,48}", "a datacenter's name as the nodes report it")


@dataclass(frozen=True)
class StorageSpec:
    """Where traces are kept."""

    engine: str = key(
        kinds.Choice(("scylla", "cassandra", "badger", "memory")), "scylla",
        "scylla or cassandra: a database; badger: files of Jaeger's own; memory: gone at restart",
    )  # fmt: skip
    version: str | None = key(
        containers.Maybe(kinds.Version("2026.1.11")),
        None,
        "the database's; null is the newest that the kit knows well",
    )
    memory: Size = key(
        kinds.size("1536MiB", "512MiB", "1TiB"),
        Size(1536 << 20),
        "the database's limit (ScyllaDB asks for 1.5 GiB)",
    )
    keyspace: str | None = key(
        containers.Maybe(_KEYSPACE), None, "null is `jaeger_` and the deployment's name"
    )
    replication: Mapping[str, int] = field(
        default_factory=lambda: {"datacenter1": 1},
        metadata={
            "kind": containers.MapOf(_DATACENTER, kinds.Count(1, 20)),
            "doc": "copies in each datacenter",
        },
    )
    retention: Duration = key(
        kinds.duration("7d", "1h", "520w"), Duration.parse("7d"), "how long a trace can be found"
    )
    indexed_tags: tuple[str, ...] = key(
        containers.ListOf(ATTRIBUTE, 64),
        ("error", "http.route", "http.response.status_code", "messaging.destination.name", "error.type",
         "coupon.campaign"),
        "attributes one can search by; each costs a row for every span that has it",
    )  # fmt: skip
