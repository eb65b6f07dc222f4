"""ScyllaDB, and the schema that it shares with Cassandra."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.scylla.dialects import dialect
from generator.deployment.network import CQL
from generator.templates import render
from generator.workload import OWN_IMAGE, Health, Mount, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

SCHEMA = "scylla/schema.cql"
_DATA = "/var/lib/scylla"


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The schema, in the engine's dialect."""
    storage = deployment.storage
    if storage.speaks_cql:
        yield (
            SCHEMA,
            render("scylla/schema.cql.j2", storage=storage, dialect=dialect(storage.engine, storage.version)),
        )


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One ScyllaDB node, and the step that makes the schema."""
    storage, layout, network = deployment.storage, deployment.layout, deployment.network
    if storage.engine == "scylla":
        # The rest of the limit is for what lies outside of the engine's own allocator.
        engine_memory = storage.memory.share(75)
        yield Workload(
            name="scylla",
            title=f"ScyllaDB {storage.version}",
            image=f"scylladb/scylla:{storage.version}",
            program="scylla",
            command=(
                "--smp", "1", "--memory", f"{engine_memory.mib}M", "--overprovisioned", "1", "--developer-mode", "1",
            ),
            volumes=(Volume("scylla", layout.data("scylla", _DATA)),),
            listens=(CQL,),
            memory=storage.memory,
            resident=storage.memory.mib,
            processes=1024,
            health=_cql_health(within=180),
            stop_grace=60,
        )  # fmt: skip
    if storage.speaks_cql:
        schema = layout.rendered(SCHEMA)
        yield Workload(
            name="schema",
            title="schema",
            image=OWN_IMAGE,
            program="python",
            command=(
                "-m", "kit", "schema", "apply", "--file", schema, "--contact-point", network.reach(CQL),
                "--datacenter", storage.datacenter, "--wait", "180s",
            ),
            mounts=(Mount(SCHEMA, schema),),
            memory=deployment.redis.memory,
            resident=0,
            processes=64,
            read_only=True,
            scratch=("/tmp",),  # noqa: S108  # in a container of its own
            unprivileged=True,
            after=(storage.engine,),
            once=True,
        )  # fmt: skip


def _cql_health(within: int) -> Health:
    return Health(
        "cql",
        CQL,
        # `nodetool status` says UN before the port for CQL is open.
        inside=("cqlsh", "-e", "SELECT release_version FROM system.local"),
        every=10,
        within=within,
    )
