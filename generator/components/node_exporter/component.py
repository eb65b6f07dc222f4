"""node_exporter shows the machine's processors, memory, disks and load to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from generator.component import Component
from generator.components.prometheus.plan import MonitoringPlan
from generator.deployment.memory import go_memory_limit
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.workload import MetricsEndpoint, Workload, answers_to_wget

NAME = "node-exporter"
VERSION = "1.12.1"
NODE_EXPORTER = Listener(NAME, "metrics", 9100, native=13)
# Those that dashboards use. The default ones serve about 530 series, most of them never read.
_COLLECTORS = ("cpu", "meminfo", "filesystem", "diskstats", "loadavg", "pressure", "uname")
# The default list without `overlay`: the machine may be a container, whose root is one. Those of other
# containers are left out by their mount points.
_NO_DISKS = (
    "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|proc|"
    "procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$"
)
_ON_MACHINE = ("--collector.netdev", f"--collector.filesystem.fs-types-exclude={_NO_DISKS}")
_MACHINE = "/host"
_MEMORY = Size(48 << 20)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one node_exporter, if Prometheus runs."""
    if not deployment[MonitoringPlan].runs:
        return
    contained = deployment.platform.isolates_files
    yield Workload(
        name=NAME,
        title=f"node_exporter {VERSION}",
        image=f"prom/node-exporter:v{VERSION}",
        program="node_exporter",
        command=(
            "--collector.disable-defaults",
            *(f"--collector.{name}" for name in _COLLECTORS),
            *(_in_container() if contained else _ON_MACHINE),
            # No metrics of the exporter itself.
            "--web.disable-exporter-metrics",
            f"--web.listen-address={deployment.network.bind(NODE_EXPORTER)}",
        ),
        machine_at=_MACHINE if contained else "",
        listens=(NODE_EXPORTER,),
        memory=_MEMORY,
        environment={"GOMEMLIMIT": go_memory_limit(_MEMORY)},
        resident=20,
        processes=64,
        read_only=True,
        unprivileged=True,
        # `/` does not read the machine, in contrast to `/metrics`.
        health=answers_to_wget(NODE_EXPORTER, "/"),
        metrics=MetricsEndpoint(NODE_EXPORTER),
    )


def _in_container() -> tuple[str, ...]:
    # Without the machine's process and network namespaces. `/host/proc` has the machine's mounts even so, but not its
    # network interfaces: those are left out, since the container's own would show only the reads of Prometheus.
    return (
        f"--path.rootfs={_MACHINE}",
        f"--path.procfs={_MACHINE}/proc",
        f"--path.sysfs={_MACHINE}/sys",
    )


COMPONENT = Component(
    name="node_exporter",
    images=(ImageKey("node_exporter", f"null is node_exporter {VERSION}", 80),),
    listeners=(NODE_EXPORTER,),
    workloads=workloads,
    part="kit.provision.node_exporter",
)
