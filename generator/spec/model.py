"""The spec: what a user can say, the default of each key, and why one would change it.

The classes are the single source: the reader, the JSON Schema and the commented starter spec
are all made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.spec import containers, kinds
from generator.spec.quantities import Duration, Size

_NAME = kinds.Text(
    r"[a-z][a-z0-9-]{0,30}", "a lower-case name: letters, digits and `-`, at most 31 characters"
)
_KEYSPACE = kinds.Text(r"[a-z][a-z0-9_]{0,47}", "letters, digits and `_`, at most 48 characters")
_ATTRIBUTE = kinds.Text(
    r"[^\s,\"'\\]{1,255}", "an attribute's key without spaces or commas (Jaeger splits its list at commas)"
)
_DATACENTER = kinds.Text(r"[A-Za-z0-9_.-]{1,48}", "a datacenter's name as the nodes report it")
_PATH = kinds.Text(r"/|(/[A-Za-z0-9._~-]+)+", "a path that begins with `/` and does not end with one")
_FOLDER = kinds.Text(r"[^\0]+", "a path", max_length=4096)
_PORT = kinds.Count(1024, 65535, "a port")


def _key(kind: kinds.Kind, default: Any, doc: str) -> Any:
    return field(default=default, metadata={"kind": kind, "doc": doc})


def _required(kind: kinds.Kind, doc: str) -> Any:
    return field(metadata={"kind": kind, "doc": doc})


def _section(section: type, doc: str) -> Any:
    return field(default_factory=section, metadata={"section": section, "doc": doc})


@dataclass(frozen=True)
class TracingSpec:
    """How the services trace."""

    propagation: str = _key(
        kinds.Choice(("parent", "link")), "parent",
        "across a queue: `parent` makes one trace of all hops, `link` a new trace that links back",
    )  # fmt: skip
    export_delay: Duration = _key(
        kinds.duration("500ms", "10ms", "30s"), Duration(500),
        "how long a service gathers spans before it sends them; the SDK's own default is 5s",
    )  # fmt: skip
    queue: int = _key(
        kinds.Count(64, 1_000_000, "a number of spans"),
        20_000,
        "spans a service holds while the collector does not take them; beyond it the oldest are dropped, and counted",
    )


@dataclass(frozen=True)
class QueueSpec:
    """Where the collector keeps spans that Jaeger has not written yet."""

    persistent: bool = _key(
        kinds.Flag(), True, "on disk: survives a crash and an outage of Jaeger; `false` keeps it in memory"
    )
    size: Size = _key(
        kinds.size("1GiB", "16MiB", "1TiB"), Size(1 << 30), "how much it may hold before senders are refused"
    )


@dataclass(frozen=True)
class CollectorSpec:
    """The OpenTelemetry Collector: the one address that services send to."""

    version: str = _key(kinds.Version("0.159.0", ("0.159.0",)), "0.159.0", "image and binary")
    memory: Size = _key(
        kinds.size("512MiB", "128MiB", "64GiB"),
        Size(512 << 20),
        "its limit; the limiter and GOMEMLIMIT follow",
    )
    queue: QueueSpec = _section(QueueSpec, "spans that Jaeger has not written yet")


@dataclass(frozen=True)
class JaegerUISpec:
    """Jaeger's web page."""

    assets: str | None = _key(
        containers.Maybe(_FOLDER),
        None,
        "folder of a built Jaeger UI; images have their own, native builds have none",
    )


@dataclass(frozen=True)
class JaegerSpec:
    """Jaeger v2: writes spans to the storage and answers searches."""

    version: str = _key(
        kinds.Version("2.20.0", ("2.13.0", "2.20.0")), "2.20.0", "image; natively always 2.13.0"
    )
    memory: Size = _key(
        kinds.size("512MiB", "128MiB", "64GiB"), Size(512 << 20), "its limit; GOMEMLIMIT follows"
    )
    base_path: str = _key(_PATH, "/", "where a reverse proxy serves the UI")
    ui: JaegerUISpec = _section(JaegerUISpec, "Jaeger's web page")


@dataclass(frozen=True)
class StorageSpec:
    """Where traces are kept."""

    engine: str = _key(
        kinds.Choice(("scylla", "cassandra", "badger", "memory")), "scylla",
        "scylla or cassandra: a database; badger: files of Jaeger's own; memory: gone at restart",
    )  # fmt: skip
    version: str | None = _key(
        containers.Maybe(kinds.Version("2026.1.11")),
        None,
        "the database's; null is the newest that the kit knows well",
    )
    memory: Size = _key(
        kinds.size("1536MiB", "512MiB", "1TiB"),
        Size(1536 << 20),
        "the database's limit (ScyllaDB asks for 1.5 GiB)",
    )
    keyspace: str | None = _key(
        containers.Maybe(_KEYSPACE), None, "null is `jaeger_` and the deployment's name"
    )
    replication: Mapping[str, int] = field(
        default_factory=lambda: {"datacenter1": 1},
        metadata={
            "kind": containers.MapOf(_DATACENTER, kinds.Count(1, 20)),
            "doc": "copies in each datacenter",
        },
    )
    retention: Duration = _key(
        kinds.duration("7d", "1h", "520w"), Duration.parse("7d"), "how long a trace can be found"
    )
    indexed_tags: tuple[str, ...] = _key(
        containers.ListOf(_ATTRIBUTE, 64),
        ("error", "http.route", "http.response.status_code", "messaging.destination.name", "error.type",
         "coupon.campaign"),
        "attributes one can search by; each costs a row for every span that has it",
    )  # fmt: skip


@dataclass(frozen=True)
class RedisSpec:
    """The queues of the sample services."""

    version: str = _key(kinds.Version("7.4.7"), "7.4.7", "image; natively 6.2 or whatever is installed")
    memory: Size = _key(kinds.size("128MiB", "16MiB", "64GiB"), Size(128 << 20), "its limit")


@dataclass(frozen=True)
class PostgresSpec:
    """The database of the sample services (natively they use SQLite)."""

    version: str = _key(kinds.Version("17.6"), "17.6", "image")
    memory: Size = _key(kinds.size("256MiB", "64MiB", "64GiB"), Size(256 << 20), "its limit")


@dataclass(frozen=True)
class PortsSpec:
    """Ports that are open to you, all on 127.0.0.1."""

    otlp_grpc: int = _key(_PORT, 4317, "OTLP over gRPC, to the collector")
    otlp_http: int = _key(_PORT, 4318, "OTLP over HTTP, to the collector")
    jaeger: int = _key(_PORT, 16686, "Jaeger: its UI and query API")
    coupon_api: int = _key(_PORT, 8080, "the sample API")
    cql: int = _key(_PORT, 9042, "the database, for `kit schema` and cqlsh")


@dataclass(frozen=True)
class NativeSpec:
    """What `kit up --target native` runs, without Docker."""

    storage: str = _key(
        kinds.Choice(("cassandra", "badger", "memory")), "cassandra",
        "Cassandra stands in for ScyllaDB, which no package registry carries; badger needs 500 MiB less",
    )  # fmt: skip
    heap: Size = _key(kinds.size("512MiB", "256MiB", "64GiB"), Size(512 << 20), "Cassandra's Java heap")
    port_base: int = _key(
        kinds.Count(1024, 65000, "a port"),
        24300,
        "the first of twenty ports that the parts use among themselves",
    )


@dataclass(frozen=True)
class Spec:
    """A whole deployment."""

    spec: int = _required(kinds.Count(1, 1, "the version of this format"), "the version of this format")
    name: str = _required(_NAME, "of this deployment: Compose project, keyspace, resource attribute")
    tracing: TracingSpec = _section(TracingSpec, "how the services trace")
    collector: CollectorSpec = _section(CollectorSpec, "the OpenTelemetry Collector")
    jaeger: JaegerSpec = _section(JaegerSpec, "Jaeger v2")
    storage: StorageSpec = _section(StorageSpec, "where traces are kept")
    redis: RedisSpec = _section(RedisSpec, "the queues of the sample services")
    postgres: PostgresSpec = _section(PostgresSpec, "the database of the sample services")
    ports: PortsSpec = _section(PortsSpec, "ports that are open to you, all on 127.0.0.1")
    native: NativeSpec = _section(NativeSpec, "what `kit up --target native` runs, without Docker")
