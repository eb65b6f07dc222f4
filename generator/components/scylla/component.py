"""ScyllaDB: one node, unless the spec names an existing cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.component import Component
from generator.components.storage.listeners import cql
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import Health, MetricsEndpoint, Mount, Volume, Workload

RACK = "scylla/cassandra-rackdc.properties"
CQL = cql("scylla")
# ScyllaDB serves its metrics on every address, or on the one that the image gives it for other nodes.
METRICS = Listener("scylla", "metrics", 9180)
_DATA = "/var/lib/scylla"
_DISK = Size.parse("50GiB")
# A node's default name of its datacenter.
_DEFAULT_DATACENTER = "datacenter1"

# Read by the dashboard of the storage.
_METRICS = (
    "scylla_(cache_row_.*|compaction_manager_.*|database_total_.*|memory_(free|total)_memory|reactor_utilization"
    "|storage_proxy_coordinator_(read|write)_(latency_.*|timeouts)|transport_requests_served)"
)


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Yield the config of the node's datacenter, if it is not the default one."""
    del workloads
    if _has_own_place(deployment):
        yield (
            RACK,
            render("scylla/cassandra-rackdc.properties.j2", datacenter=deployment[StoragePlan].datacenter),
        )


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one node, if the deployment runs one."""
    if not _runs(deployment):
        return
    storage, placed = deployment[StoragePlan], _has_own_place(deployment)
    # The rest of the limit is for memory outside of ScyllaDB's own allocator.
    engine_memory = storage.memory.share(75)
    yield Workload(
        name="scylla",
        title=f"ScyllaDB {storage.version}",
        image=f"scylladb/scylla:{storage.version}",
        program="scylla",
        command=(
            "--smp", str(storage.cpus), "--memory", f"{engine_memory.mib}M", "--overprovisioned", "1",
            "--developer-mode", "1" if storage.developer_mode else "0",
            *(() if storage.version_check else ("--disable-version-check",)),
            *(("--endpoint-snitch", "GossipingPropertyFileSnitch") if placed else ()),
        ),
        mounts=(Mount(RACK, f"/etc/{RACK}"),) if placed else (),
        volumes=(Volume("scylla", deployment.layout.data("scylla", _DATA), _DISK),),
        listens=(CQL, METRICS),
        memory=storage.memory,
        resident=storage.memory.mib,
        processes=1024,
        health=Health(
            "cql",
            CQL,
            # Not `nodetool status`: it reports UN before the CQL port is open.
            inside=("cqlsh", "-e", "SELECT release_version FROM system.local"),
            every=10,
            within=300,
        ),
        # It has thousands of series for each processor.
        metrics=MetricsEndpoint(METRICS, kept=_METRICS),
        stop_grace=60,
    )  # fmt: skip


def _runs(deployment: Deployment) -> bool:
    return deployment[StoragePlan].engine == "scylla" and deployment[StoragePlan].runs_node


def _has_own_place(deployment: Deployment) -> bool:
    return _runs(deployment) and deployment[StoragePlan].datacenter != _DEFAULT_DATACENTER


COMPONENT = Component(
    name="scylla",
    images=(ImageKey("scylla", "null: the image of storage.version", 30),),
    listeners=(CQL, METRICS),
    workloads=workloads,
    files=files,
)
