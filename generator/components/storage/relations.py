"""Contradictions between keys of `storage`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.components.storage.spec import STORAGE, StorageSpec
from generator.spec.model import Spec
from generator.spec.places import SpecText
from generator.spec.problem import Problem
from generator.spec.quantities import Size
from generator.spec.record import default_of
from generator.spec.release import line
from generator.spec.sections.images import IMAGES

_OLDEST = {"scylla": "6.2", "cassandra": "4.0"}
# The host part of govalidator's URL pattern, by which Jaeger checks each address. The pattern refuses some valid
# names, such as `scylla_1` and `scylla-1.a.b`, so the kit must refuse them, too.
_TAKEN_BY_JAEGER = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]+)?[A-Za-z0-9](?:[-.][A-Za-z0-9]+)*"
    r"|www\.|[A-Za-z0-9]+(?:[-_.]?[A-Za-z0-9])*[A-Za-z0-9]\.[A-Za-z0-9]+)?"
    r"[A-Za-z0-9]+(?:--?[A-Za-z0-9]+)*(?:\.[A-Za-z]+)?"
)
# Below ScyllaDB's recommendation of 1 GiB; it starts with less only in developer mode.
_SHARD = Size.parse("512MiB")
_DATABASE_KEYS = ("contact_points", "credentials", "tls", "datacenter", "consistency", "cpus")


def relations_of_storage(spec: Spec, text: SpecText) -> Iterator[Problem]:
    """Find contradictions between keys of `storage`, and images of a database that does not run."""
    storage = spec[STORAGE]
    for engine in sorted({"scylla", "cassandra"} & spec[IMAGES].chosen().keys() - {storage.engine}):
        found = f"an image, but storage.engine is {storage.engine}"
        yield text.problem(
            f"images.{engine}", found, "no image for a database that does not run", "remove it"
        )
    yield from _of_the_node(storage, text)
    if storage.engine in ("badger", "memory"):
        yield from _without_database(storage, text)
        return
    yield from _of_engine(storage, text)
    yield from _of_cluster(storage, text)
    if storage.datacenter is not None and storage.datacenter not in storage.replication:
        yield text.problem(
            "storage.datacenter",
            f"{storage.datacenter}, which is not in storage.replication",
            "one of storage.replication: " + ", ".join(storage.replication),
            f"add `{storage.datacenter}` to storage.replication, or use another datacenter",
        )
    if storage.tls and (storage.tls.certificate is None) != (storage.tls.key is None):
        there, other = ("certificate", "key") if storage.tls.certificate else ("key", "certificate")
        yield text.problem(
            "storage.tls", f"a {there} without its {other}", "both or neither", f"add `{other}: PATH`"
        )


def _of_the_node(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    """Find options of a ScyllaDB node if the kit runs none."""
    if storage.engine == "scylla" and not storage.contact_points:
        return
    why = "an existing cluster" if storage.contact_points else f"the engine {storage.engine}"
    for name in ("developer_mode", "version_check"):
        if getattr(storage, name) != default_of(StorageSpec.__dataclass_fields__[name]):
            yield text.problem(
                f"storage.{name}", f"`{name}` with {why}", "a ScyllaDB node that the kit runs", "remove it"
            )


def _without_database(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    if storage.version is not None:
        found = f"a version, but {storage.engine} is part of Jaeger"
        yield text.problem("storage.version", found, "no version for this engine", "remove it")
    for name in _DATABASE_KEYS:
        if getattr(storage, name) != default_of(StorageSpec.__dataclass_fields__[name]):
            found = f"`{name}`, but {storage.engine} is part of Jaeger"
            yield text.problem(
                f"storage.{name}", found, "a database: engine scylla or cassandra", "remove it"
            )


def _of_engine(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    oldest = _OLDEST[storage.engine]
    if storage.version is not None and line(storage.version) < line(oldest):
        found = f"{storage.engine} {storage.version}"
        yield text.problem(
            "storage.version",
            found,
            f"{oldest} or newer: older ones can't apply the schema",
            "upgrade the database",
        )
    shards = storage.cpus
    if (
        storage.engine == "scylla"
        and not storage.contact_points
        and storage.memory.bytes < shards * _SHARD.bytes
    ):
        found = f"{shards} shards in {storage.memory}"
        yield text.problem(
            "storage.cpus",
            found,
            f"at least {_SHARD} of storage.memory for each shard",
            f"set storage.memory to {Size(shards * _SHARD.bytes)}",
        )
    if storage.engine == "cassandra" and storage.cpus != 1:
        yield text.problem(
            "storage.cpus",
            f"{storage.cpus} shards of Cassandra",
            "no shards: Cassandra has none",
            "remove it",
        )


def _of_cluster(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    if not storage.contact_points:
        for name, why in (
            (
                "credentials",
                "storage.contact_points too: the kit's own node has no roles, only this machine reaches it",
            ),
            (
                "tls",
                "storage.contact_points too: the kit's own node has no certificate, only this machine reaches it",
            ),
        ):
            if getattr(storage, name) is not None:
                fix = f"name your cluster in storage.contact_points, or remove `{name}`"
                yield text.problem(f"storage.{name}", f"`{name}` without contact_points", why, fix)
    for index, point in enumerate(storage.contact_points):
        if not jaeger_takes(point):
            yield text.problem(
                f"storage.contact_points[{index}]",
                f"`{point}`",
                "a host name that Jaeger accepts: it refuses some with `_` or a part of one letter",
                "use another name of the node, or its IP address",
            )
    ports = {port_of(point) for point in storage.contact_points}
    if len(ports) > 1:
        yield text.problem(
            "storage.contact_points",
            "the ports " + " and ".join(map(str, sorted(ports))),
            "one port for all nodes: Jaeger also uses it for nodes that it discovers",
            "use the same port on each node",
        )


def jaeger_takes(point: str) -> bool:
    """Whether Jaeger's check accepts a contact point's host; it accepts every IP address."""
    host = point.removesuffix(f":{port_of(point)}")
    is_address = host.startswith("[") or re.fullmatch(r"[0-9.]+", host) is not None
    return is_address or _TAKEN_BY_JAEGER.fullmatch(host) is not None


def port_of(point: str) -> int:
    """Return a contact point's port; 9042 if it names none."""
    host, _, port = point.rpartition(":")
    return int(port) if host and port.isdigit() else 9042
