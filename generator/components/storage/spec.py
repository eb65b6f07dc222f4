"""Where traces are kept."""

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
    'a host, or host:port, of a node; IPv6 as "[::1]:9042"',
    max_length=260,
)


@dataclass(frozen=True)
class CredentialsSpec:
    """Whom the database knows; both are told at the start and stand in no file."""

    username: Secret = required(SecretReference(), "the role's name: {env: NAME} or {file: PATH}")
    password: Secret = required(SecretReference(), "its password: {env: NAME} or {file: PATH}")


@dataclass(frozen=True)
class StorageTLSSpec:
    """TLS to the database; `tls: {}` trusts what the system trusts."""

    ca: str | None = option(
        containers.Maybe(FOLDER), None, "file of the authority (PEM); null is what the system trusts"
    )
    certificate: str | None = option(
        containers.Maybe(FOLDER), None, "file of the client's certificate (PEM), where nodes ask for one"
    )
    verify_host: bool = option(
        kinds.Flag(),
        True,
        "`false`: any name will do. Jaeger then checks no authority either",
    )
    key: str | None = option(containers.Maybe(FOLDER), None, "file of the certificate's private key (PEM)")


@dataclass(frozen=True)
class StorageSpec:
    """Where traces are kept."""

    engine: str = option(
        kinds.Choice(("scylla", "cassandra", "badger", "memory")), "scylla",
        "scylla or cassandra: a database; badger: files of Jaeger's own; memory: gone at restart",
    )  # fmt: skip
    version: str | None = option(
        containers.Maybe(kinds.Version("2026.1.11")),
        None,
        "the database's; null is the newest that the kit knows well",
    )
    memory: Size = option(
        kinds.size("1536MiB", "512MiB", "1TiB"),
        Size(1536 << 20),
        "the database's limit (ScyllaDB asks for 1.5 GiB)",
    )
    keyspace: str | None = option(
        containers.Maybe(_KEYSPACE), None, "null is `jaeger_` and the deployment's name"
    )
    contact_points: tuple[str, ...] = option(
        containers.ListOf(_CONTACT_POINT, 20),
        (),
        "nodes of a cluster that is there already, host or host:port; empty runs one node",
    )
    credentials: CredentialsSpec | None = option(
        containers.Maybe(Record(CredentialsSpec)), None, "of such a cluster: {username: …, password: …}"
    )
    tls: StorageTLSSpec | None = option(
        containers.Maybe(Record(StorageTLSSpec)),
        None,
        "to such a cluster: {ca: …, certificate: …, key: …, verify_host: true}; null is plain text",
    )
    replication: Mapping[str, int] = field(
        default_factory=lambda: {"datacenter1": 1},
        metadata={
            "kind": containers.MapOf(_DATACENTER, kinds.Count(1, 20)),
            "doc": "copies in each datacenter",
        },
    )
    datacenter: str | None = option(
        containers.Maybe(_DATACENTER), None, "the one nearest to Jaeger; null is the first of replication"
    )
    consistency: str = option(
        kinds.Choice(("LOCAL_ONE", "LOCAL_QUORUM", "ONE", "QUORUM")),
        "LOCAL_ONE",
        "how many copies answer a read or a write; LOCAL_QUORUM with three",
    )
    cpus: int = option(
        kinds.Count(1, 128, "a number of processors"),
        1,
        "ScyllaDB's shards on a node; its memory is shared out",
    )
    developer_mode: bool = option(
        kinds.Flag(),
        True,
        "ScyllaDB without its checks of disk and file system; `false` wants XFS, and measures the disk at its start",
    )
    version_check: bool = option(
        kinds.Flag(),
        False,
        "ScyllaDB reports its version and an identifier to its maker, to hear of newer ones",
    )
    retention: Duration = option(
        kinds.duration("7d", "1h", "520w"), Duration.parse("7d"), "how long a trace can be found"
    )
    indexed_tags: tuple[str, ...] = option(
        containers.ListOf(ATTRIBUTE, 64),
        ("error", "http.route", "http.response.status_code", "messaging.destination.name", "error.type",
         "coupon.campaign"),
        "attributes one can search by; each costs a row for every span that has it",
    )  # fmt: skip


STORAGE = section_key("storage", StorageSpec, "where traces are kept", 60)
