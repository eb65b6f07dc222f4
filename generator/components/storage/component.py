"""The storage: the schema for the database in use, and the step that applies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.component import Component
from generator.components.storage.access import access
from generator.components.storage.dialects import dialect
from generator.components.storage.hop import STORAGE as HOP
from generator.components.storage.listeners import CQL_PORT
from generator.components.storage.plan import StoragePlan, plan_storage
from generator.components.storage.relations import relations_of_storage
from generator.components.storage.spec import STORAGE
from generator.deployment.model import Deployment
from generator.spec.quantities import Size
from generator.templates import render
from generator.workload import OWN_IMAGE, Mount, Workload

SCHEMA = "scylla/schema.cql"
# Measured: 55 MiB while it applies the schema to Cassandra, the driver included.
_MEMORY = Size(128 << 20)


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Yield the schema, if the storage has one."""
    del workloads
    storage = deployment[StoragePlan]
    if storage.speaks_cql:
        text = render(
            "storage/schema.cql.j2", storage=storage, dialect=dialect(storage.engine, storage.version)
        )
        yield SCHEMA, text


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield the step that applies the schema, if the storage has one."""
    storage = deployment[StoragePlan]
    if not storage.speaks_cql:
        return
    schema, database = deployment.layout.rendered(SCHEMA), access(deployment)
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
        memory=_MEMORY,
        resident=0,
        processes=64,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        after=(storage.engine,) if storage.runs_node else (),
        once=True,
    )  # fmt: skip


COMPONENT = Component(
    name="storage",
    keys=(STORAGE,),
    ports=(CQL_PORT,),
    relations=relations_of_storage,
    plans=(plan_storage,),
    workloads=workloads,
    files=files,
    rules="generator.components.storage.schema_rules",
    hop=HOP,
)
