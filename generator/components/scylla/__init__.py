"""ScyllaDB, and the schema that it shares with Cassandra."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.scylla.access import access
from generator.components.scylla.dialects import dialect
from generator.deployment.network import CQL
from generator.deployment.target import Target
from generator.templates import render
from generator.workload import OWN_IMAGE, Health, Mount, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

RULES_MODULE = "generator.components.scylla.scylla_rules"
SCHEMA = "scylla/schema.cql"
RACK = "scylla/cassandra-rackdc.properties"
_DATA = "/var/lib/scylla"
# What a node calls its datacenter unless it is told.
_UNTOLD_DATACENTER = "datacenter1"


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The schema, in the engine's dialect, and the node's place where it is not the usual one."""
    storage = deployment.storage
    if _is_told_its_place(deployment):
        yield RACK, render("scylla/cassandra-rackdc.properties.j2", datacenter=storage.datacenter)
    if storage.speaks_cql:
        yield (
            SCHEMA,
            render("scylla/schema.cql.j2", storage=storage, dialect=dialect(storage.engine, storage.version)),
        )


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One ScyllaDB node, and the step that makes the schema."""
    storage, layout = deployment.storage, deployment.layout
    if storage.engine == "scylla" and storage.runs_node:
        told = _is_told_its_place(deployment)
        # The rest of the limit is for what lies outside of the engine's own allocator.
        engine_memory = storage.memory.share(75)
        yield Workload(
            name="scylla",
            title=f"ScyllaDB {storage.version}",
            image=f"scylladb/scylla:{storage.version}",
            program="scylla",
            command=(
                "--smp", str(storage.cpus), "--memory", f"{engine_memory.mib}M", "--overprovisioned", "1",
                "--developer-mode", "1", *(("--endpoint-snitch", "GossipingPropertyFileSnitch") if told else ()),
            ),
            mounts=(Mount(RACK, f"/etc/{RACK}"),) if told else (),
            volumes=(Volume("scylla", layout.data("scylla", _DATA)),),
            listens=(CQL,),
            memory=storage.memory,
            resident=storage.memory.mib,
            processes=1024,
            health=_cql_health(within=180),
            stop_grace=60,
        )  # fmt: skip
    if storage.speaks_cql:
        schema, database = layout.rendered(SCHEMA), access(deployment)
        yield Workload(
            name="schema",
            title="schema",
            image=OWN_IMAGE,
            program="python",
            command=(
                "-m", "kit", "schema", "apply", "--file", schema, *database.arguments(deployment), "--wait", "180s",
            ),
            mounts=(Mount(SCHEMA, schema), *database.mounts),
            secrets=database.secrets,
            memory=deployment.redis.memory,
            resident=0,
            processes=64,
            read_only=True,
            scratch=("/tmp",),  # noqa: S108  # in a container of its own
            unprivileged=True,
            after=(storage.engine,) if storage.runs_node else (),
            once=True,
        )  # fmt: skip


def _is_told_its_place(deployment: Deployment) -> bool:
    storage = deployment.storage
    runs_here = storage.engine == "scylla" and storage.runs_node and deployment.target is Target.COMPOSE
    return runs_here and storage.datacenter != _UNTOLD_DATACENTER


def _cql_health(within: int) -> Health:
    return Health(
        "cql",
        CQL,
        # `nodetool status` says UN before the port for CQL is open.
        inside=("cqlsh", "-e", "SELECT release_version FROM system.local"),
        every=10,
        within=within,
    )
