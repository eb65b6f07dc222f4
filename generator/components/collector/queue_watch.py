"""What looks at the queues' files: a damaged one would end the collector at each start.

Where the collector is a process of this machine, a program looks before each start and then becomes the collector.
Its image has no shell, so with images a small container beside it looks at the same volume whenever the collector is
not running: between two starts of one that crashes there is at first 0.1 s, and soon seconds.
"""

from __future__ import annotations

from generator.components.collector.plan import CollectorPlan
from generator.components.prepared_volume import FOLDER, USER
from generator.deployment.model import Deployment
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Volume, Workload

_BEFORE = "kit.operate.inside.look_and_start"
_WATCH = "kit.operate.inside.watch_queues"
WATCH = "collector-queue"


def queue_folders(deployment: Deployment, data: str) -> tuple[str, ...]:
    """The folders with the queues' files, under the one with the collector's data; none where queues are in memory."""
    plan = deployment[CollectorPlan]
    if not plan.persistent:
        return ()
    return (f"{data}/queue", *(f"{data}/queue-{exporter.name}" for exporter in plan.further))


def before_start(deployment: Deployment, data: str) -> tuple[str, ...]:
    """The module that looks before each start, with its arguments; empty where a container watches."""
    if deployment.platform.has_images:
        return ()
    folders = queue_folders(deployment, data)
    return (_BEFORE, *folders) if folders else ()


def watch(deployment: Deployment) -> Workload:
    """The container."""
    return Workload(
        name=WATCH,
        title="the watch over the collector's queue",
        image=OWN_IMAGE,
        program="python",
        command=("-m", _WATCH, *queue_folders(deployment, FOLDER)),
        # The volume itself is the collector's.
        volumes=(Volume("collector", FOLDER, Size(0)),),
        memory=Size(64 << 20),
        resident=12,
        processes=32,
        read_only=True,
        unprivileged=True,
        # The collector lets nobody else into its folders.
        user=USER,
        runs_as=USER,
        after=("collector-volume",),
        stop_grace=5,
    )
