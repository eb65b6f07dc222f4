"""Mistakes between the keys of `storage`."""

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
# Jaeger checks each address by govalidator's pattern for URLs, whose part for host names is this. It refuses
# some good names, as `scylla_1` and `scylla-1.a.b`, so that they must be refused here.
_TAKEN_BY_JAEGER = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]+)?[A-Za-z0-9](?:[-.][A-Za-z0-9]+)*"
    r"|www\.|[A-Za-z0-9]+(?:[-_.]?[A-Za-z0-9])*[A-Za-z0-9]\.[A-Za-z0-9]+)?"
    r"[A-Za-z0-9]+(?:--?[A-Za-z0-9]+)*(?:\.[A-Za-z]+)?"
)
# ScyllaDB recommends twice as much, and starts with less only in developer mode.
_SHARD = Size.parse("512MiB")
_DATABASE_KEYS = ("contact_points", "credentials", "tls", "datacenter", "consistency", "cpus")


def relations_of_storage(spec: Spec, text: SpecText) -> Iterator[Problem]:
    """Find mistakes between the keys of `storage`, and images of a database that does not run."""
    storage = spec[STORAGE]
    for engine in sorted({"scylla", "cassandra"} & spec[IMAGES].chosen().keys() - {storage.engine}):
        found = f"an image, but storage.engine is {storage.engine}"
        yield text.problem(f"images.{engine}", found, "no image of what does not run", "remove it")
    yield from _of_the_node(storage, text)
    if storage.engine in ("badger", "memory"):
        yield from _without_database(storage, text)
        return
    yield from _of_engine(storage, text)
    yield from _of_cluster(storage, text)
    if storage.datacenter is not None and storage.datacenter not in storage.replication:
        yield text.problem(
            "storage.datacenter",
            f"{storage.datacenter}, which holds no copy",
            "one of storage.replication: " + ", ".join(storage.replication),
            f"add `{storage.datacenter}` to storage.replication, or name another",
        )
    if storage.tls and (storage.tls.certificate is None) != (storage.tls.key is None):
        there, other = ("certificate", "key") if storage.tls.certificate else ("key", "certificate")
        yield text.problem(
            "storage.tls", f"a {there} without its {other}", "both or neither", f"add `{other}: PATH`"
        )


def _of_the_node(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    """Options of a ScyllaDB node, where the kit runs none."""
    if storage.engine == "scylla" and not storage.contact_points:
        return
    why = "a cluster of your own" if storage.contact_points else f"the engine {storage.engine}"
    for name in ("developer_mode", "version_check"):
        if getattr(storage, name) != default_of(StorageSpec.__dataclass_fields__[name]):
            yield text.problem(
                f"storage.{name}", f"`{name}` with {why}", "a ScyllaDB node that the kit runs", "remove it"
            )


def _without_database(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    if storage.version is not None:
        found = f"a version, but {storage.engine} is part of Jaeger"
        yield text.problem("storage.version", found, "no version with this engine", "remove it")
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
            "storage.version", found, f"{oldest} or newer, which take this schema", "upgrade the database"
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
            f"{_SHARD} of storage.memory for each",
            f"write memory: {Size(shards * _SHARD.bytes)}",
        )
    if storage.engine == "cassandra" and storage.cpus != 1:
        yield text.problem(
            "storage.cpus", f"{storage.cpus} shards of Cassandra", "none: it has no shards", "remove it"
        )


def _of_cluster(storage: StorageSpec, text: SpecText) -> Iterator[Problem]:
    if not storage.contact_points:
        for name, why in (
            (
                "credentials",
                "contact_points beside it: the node that the kit runs has no roles, it is for this machine alone",
            ),
            (
                "tls",
                "contact_points beside it: the node that the kit runs has no certificate, it is for this machine alone",
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
                "a host name that Jaeger takes: its check refuses some with `_` or a part of one letter",
                "write another name of the node, or its address",
            )
    ports = {port_of(point) for point in storage.contact_points}
    if len(ports) > 1:
        yield text.problem(
            "storage.contact_points",
            "the ports " + " and ".join(map(str, sorted(ports))),
            "one port: nodes that are discovered are asked on it as well",
            "give each node the same port",
        )


def jaeger_takes(point: str) -> bool:
    """Whether Jaeger's own check takes a contact point's host; addresses it always does."""
    host = point.removesuffix(f":{port_of(point)}")
    is_address = host.startswith("[") or re.fullmatch(r"[0-9.]+", host) is not None
    return is_address or _TAKEN_BY_JAEGER.fullmatch(host) is not None


def port_of(point: str) -> int:
    """A contact point's port; 9042 when it says none."""
    host, _, port = point.rpartition(":")
    return int(port) if host and port.isdigit() else 9042
