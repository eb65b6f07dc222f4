"""The keys of the storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec import containers, kinds
from generator.spec.keys import ATTRIBUTE, FOLDER, option, required, section_key
from generator.spec.quantities import Duration, Size
from generator.spec.record import Record
from generator.spec.secret import Secret, SecretReference

_KEYSPACE = kinds.Text(r"[a-z][a-z0-9_]{0,47}", "letters, digits and `_`, at most 48 characters")
_DATACENTER = kinds.Text(r"[A-Za-z0-9_.-]{1,48}", "a datacenter's name as the nodes report it")
_PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"
_CONTACT_POINT = kinds.Text(
    rf"(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::{_PORT})?",
    'host or host:port of a node; IPv6 as "[::1]:9042"',
    max_length=260,
)


@dataclass(frozen=True)
class CredentialsSpec:
    """The database's role and password; both are read at the start and are in no rendered file."""

    username: Secret = required(SecretReference(), "the role's name: {env: NAME} or {file: PATH}")
    password: Secret = required(SecretReference(), "its password: {env: NAME} or {file: PATH}")


@dataclass(frozen=True)
class StorageTLSSpec:
    """TLS to the database; `tls: {}` trusts the system's certificate authorities."""

    ca: str | None = option(
        containers.Maybe(FOLDER),
        None,
        "PEM file of the certificate authority; null: the system's authorities",
    )
    certificate: str | None = option(
        containers.Maybe(FOLDER), None, "PEM file of the client certificate, if nodes require one"
    )
    verify_host: bool = option(
        kinds.Flag(),
        True,
        "`false`: the node's name is not checked, and Jaeger does not check the authority either",
    )
    key: str | None = option(
        containers.Maybe(FOLDER), None, "PEM file of the client certificate's private key"
    )


@dataclass(frozen=True)
class StorageSpec:
    """The storage of traces."""

    engine: str = option(
        kinds.Choice(("scylla", "cassandra", "badger", "memory")), "scylla",
        "a database (scylla, cassandra), files of Jaeger (badger), or memory, which is lost at restart",
    )  # fmt: skip
    version: str | None = option(
        containers.Maybe(kinds.Version("2026.1.11")),
        None,
        "version of the database; null: the kit's default for the engine",
    )
    memory: Size = option(
        kinds.size("1536MiB", "512MiB", "1TiB"),
        Size(1536 << 20),
        "memory limit of the database (ScyllaDB needs 1.5 GiB)",
    )
    keyspace: str | None = option(
        containers.Maybe(_KEYSPACE), None, "keyspace; null: `jaeger_` and the deployment's name"
    )
    contact_points: tuple[str, ...] = option(
        containers.ListOf(_CONTACT_POINT, 20),
        (),
        "nodes of an existing cluster, as host or host:port; empty: the kit runs one node",
    )
    credentials: CredentialsSpec | None = option(
        containers.Maybe(Record(CredentialsSpec)), None, "for an existing cluster: {username: …, password: …}"
    )
    tls: StorageTLSSpec | None = option(
        containers.Maybe(Record(StorageTLSSpec)),
        None,
        "for an existing cluster: {ca: …, certificate: …, key: …, verify_host: true}; null: no TLS",
    )
    replication: Mapping[str, int] = field(
        default_factory=lambda: {"datacenter1": 1},
        metadata={
            "kind": containers.MapOf(_DATACENTER, kinds.Count(1, 20)),
            "doc": "number of replicas in each datacenter",
        },
    )
    datacenter: str | None = option(
        containers.Maybe(_DATACENTER),
        None,
        "datacenter nearest to Jaeger; null: the first one of `replication`",
    )
    consistency: str = option(
        kinds.Choice(("LOCAL_ONE", "LOCAL_QUORUM", "ONE", "QUORUM")),
        "LOCAL_ONE",
        "replicas that must answer a read or a write; with three replicas use LOCAL_QUORUM",
    )
    cpus: int = option(
        kinds.Count(1, 128, "a number of processors"),
        1,
        "ScyllaDB's shards on a node; they share its memory",
    )
    developer_mode: bool = option(
        kinds.Flag(),
        True,
        "ScyllaDB skips its checks of disk and file system; `false`: needs XFS, and measures the disk at its start",
    )
    version_check: bool = option(
        kinds.Flag(),
        False,
        "ScyllaDB sends its version and an identifier to its maker, to learn of newer versions",
    )
    retention: Duration = option(
        kinds.duration("7d", "1h", "520w"), Duration.parse("7d"), "time for which a trace is kept"
    )
    indexed_tags: tuple[str, ...] = option(
        containers.ListOf(ATTRIBUTE, 64),
        ("error", "http.route", "http.response.status_code", "messaging.destination.name", "error.type",
         "coupon.campaign"),
        "attributes that a search can use; each costs a row for every span that has it",
    )  # fmt: skip


STORAGE = section_key("storage", StorageSpec, "storage of traces", 60)
