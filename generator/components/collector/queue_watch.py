"""Check of the queues' files, because the collector crashes at each start if one is damaged.

Natively, a program checks the files before each start and then becomes the collector. The collector's image has no
shell, so with images a small container checks the same volume whenever the collector is not running. Between two
starts of a crashing collector it has 0.1 s at first, and soon seconds.
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
    """Return the folders of the queues' files, below the collector's data; none if the queues are in memory."""
    plan = deployment[CollectorPlan]
    if not plan.persistent:
        return ()
    return (f"{data}/queue", *(f"{data}/queue-{exporter.name}" for exporter in plan.further))


def before_start(deployment: Deployment, data: str) -> tuple[str, ...]:
    """Return the module that checks before each start, with its arguments; empty if a container does it."""
    if deployment.platform.has_images:
        return ()
    folders = queue_folders(deployment, data)
    return (_BEFORE, *folders) if folders else ()


def watch(deployment: Deployment) -> Workload:
    """Return the container that checks the queues' files."""
    return Workload(
        name=WATCH,
        title="check of the collector's queue",
        image=OWN_IMAGE,
        program="python",
        command=("-m", _WATCH, *queue_folders(deployment, FOLDER)),
        # The collector counts the disk of this volume.
        volumes=(Volume("collector", FOLDER, Size(0)),),
        memory=Size(64 << 20),
        resident=12,
        processes=32,
        read_only=True,
        unprivileged=True,
        # Only this user can enter the collector's folders.
        user=USER,
        runs_as=USER,
        after=("collector-volume",),
        stop_grace=5,
    )
