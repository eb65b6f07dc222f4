"""Cassandra: by choice, and natively instead of ScyllaDB, which is in no package registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.component import Component
from generator.components.jaeger.plan import JaegerPlan
from generator.components.storage.listeners import cql, internode
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import Health, Mount, Volume, Workload

CONFIG = "cassandra/cassandra.yaml"
RACK = "cassandra/cassandra-rackdc.properties"
LOGGING = "cassandra/logback.xml"
CQL, INTERNODE = cql("cassandra"), internode("cassandra")
_DATA = "/var/lib/cassandra"
_DISK, _UNPACKED = Size.parse("50GiB"), Size.parse("16MiB")


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Yield the configs of a native node; the image has its own and is configured by variables."""
    del workloads
    network, storage = deployment.network, deployment[StoragePlan]
    if not _runs(storage) or deployment.platform.has_images:
        return
    yield (
        CONFIG,
        render(
            "cassandra/cassandra.yaml.j2",
            version=storage.version,
            name=deployment.name,
            data=deployment.layout.data("cassandra", _DATA),
            host=network.bind_host(),
            internode_port=network.port(INTERNODE),
            cql_port=network.port(CQL),
            concurrent_writes=deployment[JaegerPlan].queue.consumers,
        ),
    )
    yield RACK, render("cassandra/cassandra-rackdc.properties.j2", datacenter=storage.datacenter)
    yield LOGGING, render("cassandra/logback.xml.j2")


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one node, unless the spec names an existing cluster."""
    storage = deployment[StoragePlan]
    if not _runs(storage):
        return
    native = not deployment.platform.has_images
    yield Workload(
        name="cassandra",
        title=f"Cassandra {storage.version}" + (" (instead of ScyllaDB)" if native else ""),
        image=f"cassandra:{storage.version}",
        program="cassandra",
        command=_jvm(deployment) if native else (),
        # With glibc's default, arenas for each thread, memory is about 10 % higher.
        environment={"MALLOC_ARENA_MAX": "2"} if native else _image_environment(deployment),
        mounts=tuple(
            Mount(file, deployment.layout.rendered(file)) for file in (CONFIG, RACK, LOGGING) if native
        ),
        volumes=(
            Volume("cassandra", deployment.layout.data("cassandra", _DATA), _DISK),
            *((Volume("cassandra-tmp", _temporary(deployment), _UNPACKED),) if native else ()),
        ),
        listens=(CQL, INTERNODE),
        memory=storage.memory,
        # When idle it uses an eighth of its heap; the 350 MiB are code, threads and caches.
        resident=storage.heap.mib // 8 + 350 if native else storage.memory.mib,
        health=Health(
            "cql",
            CQL,
            inside=("cqlsh", "-e", "SELECT release_version FROM system.local"),
            every=10,
            within=300,
        ),
        processes=1024,
        stop_grace=60,
    )


def _runs(storage: StoragePlan) -> bool:
    return storage.engine == "cassandra" and storage.runs_node


def _temporary(deployment: Deployment) -> str:
    return deployment.layout.data("cassandra", _DATA) + "/unpacked"


def _jvm(deployment: Deployment) -> tuple[str, ...]:
    layout = deployment.layout
    return (
        # A small heap that grows: the node of a single machine is idle most of the time.
        "-Xms64M",
        f"-Xmx{deployment[StoragePlan].heap.mib}M",
        "-Xss256k",
        "-XX:+UseSerialGC",
        "-XX:ReservedCodeCacheSize=96M",
        "-XX:MaxDirectMemorySize=128M",
        # Otherwise it leaves a file in the temporary folder.
        "-XX:-UsePerfData",
        # Exit instead of running without memory: the supervisor restarts it.
        "-XX:+ExitOnOutOfMemoryError",
        # A single node has no other nodes to wait for.
        "-Dcassandra.skip_wait_for_gossip_to_settle=0",
        "-Dcassandra.ring_delay_ms=0",
        "-Djava.net.preferIPv4Stack=true",
        # Its libraries unpack native code here, not into the machine's temporary folder.
        f"-Djava.io.tmpdir={_temporary(deployment)}",
        f"-Dcassandra.config=file://{layout.rendered(CONFIG)}",
        f"-Dcassandra-rackdc.properties=file://{layout.rendered(RACK)}",
        f"-Dlogback.configurationFile={layout.rendered(LOGGING)}",
        "org.apache.cassandra.service.CassandraDaemon",
    )


def _image_environment(deployment: Deployment) -> dict[str, str]:
    storage = deployment[StoragePlan]
    heap = storage.memory.share(50)
    return {
        "CASSANDRA_CLUSTER_NAME": deployment.name,
        "CASSANDRA_DC": storage.datacenter,
        "CASSANDRA_RACK": "rack1",
        "CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch",
        # Half of the memory limit: the rest is for caches and buffers outside of the heap.
        "MAX_HEAP_SIZE": f"{heap.mib}M",
        "HEAP_NEWSIZE": f"{heap.share(25).mib}M",
    }


COMPONENT = Component(
    name="cassandra",
    images=(ImageKey("cassandra", "null: the image of storage.version", 40),),
    listeners=(CQL, INTERNODE),
    workloads=workloads,
    files=files,
    part="kit.provision.cassandra",
)
