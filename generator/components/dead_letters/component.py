"""The kit's own program between the collector and Jaeger, which sets dead letters aside."""

from __future__ import annotations

from collections.abc import Iterator

from generator.component import Component
from generator.components.dead_letters.hop import DEAD_LETTERS as HOP
from generator.components.dead_letters.listeners import DEAD_LETTERS_HTTP, NAME
from generator.components.dead_letters.plan import DeadLettersPlan, plan_dead_letters
from generator.components.dead_letters.spec import DEAD_LETTERS
from generator.components.jaeger.listeners import JAEGER_AT_ONCE, JAEGER_OTLP
from generator.deployment.model import Deployment
from generator.deployment.under_way import TIMEOUT
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, MetricsEndpoint, Volume, Workload, answers_in_own_image

# In the kit's image this folder belongs to the image's user, so a new volume there does, too.
_DATA = "/var/lib/kit"
# 45 MiB when idle, and 48 MiB of request bodies under way, which count twice while they are parsed.
_MEMORY = Size(192 << 20)
_LONGER_SECONDS = 60
# Disk beyond the limit: a new letter is written before an old one is deleted, and one span is kept to compare with.
_BESIDE = Size(32 << 20)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one workload, unless the spec disables dead letters."""
    plan, network = deployment[DeadLettersPlan], deployment.network
    if not plan.enabled:
        return
    folder = deployment.layout.data(NAME, _DATA)
    yield Workload(
        name=NAME,
        title="dead letters",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m", "kit.operate.inside.dead_letters",
            "--listen", network.bind(DEAD_LETTERS_HTTP),
            "--jaeger", f"http://{network.reach(JAEGER_OTLP)}",
            "--at-once", f"http://{network.reach(JAEGER_AT_ONCE)}",
            # Longer than the collector's timeout: its retry then waits for the answer to the first request.
            "--timeout", str(TIMEOUT.seconds + _LONGER_SECONDS),
            "--folder", folder,
            "--limit", str(plan.size.bytes),
        ),
        volumes=(Volume(NAME, folder, Size(plan.size.bytes + _BESIDE.bytes)),),
        listens=(DEAD_LETTERS_HTTP,),
        memory=_MEMORY,
        resident=50,
        processes=64,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        # Checks only itself: while Jaeger is down it is healthy, and the collector keeps the spans.
        health=answers_in_own_image(DEAD_LETTERS_HTTP, "/healthz"),
        metrics=MetricsEndpoint(DEAD_LETTERS_HTTP),
        hop=HOP.name,
        stop_grace=20,
    )  # fmt: skip


COMPONENT = Component(
    name="dead_letters",
    keys=(DEAD_LETTERS,),
    plans=(plan_dead_letters,),
    listeners=(DEAD_LETTERS_HTTP,),
    workloads=workloads,
    hop=HOP,
)
