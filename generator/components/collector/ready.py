"""The step that ends when the collector answers: its image has no HTTP client for a health check inside."""

from __future__ import annotations

from generator.components.collector.listeners import COLLECTOR_HEALTH
from generator.deployment.model import Deployment
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Workload

READY = "collector-ready"


def ready_step(deployment: Deployment) -> str:
    """Return the name of the workload that senders wait for: this step with images, else the collector itself."""
    return READY if deployment.platform.has_images else "collector"


def ready(deployment: Deployment) -> Workload:
    """Return the step that waits for the collector."""
    return Workload(
        name=READY,
        title="collector is ready",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m",
            "kit.operate.inside.wait_for",
            f"http://{deployment.network.reach(COLLECTOR_HEALTH)}/",
            "60",
        ),
        memory=Size(64 << 20),
        resident=0,
        processes=32,
        read_only=True,
        unprivileged=True,
        after=("collector",),
        once=True,
    )
