"""The three sample services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.collector import READY
from generator.components.postgres import DATABASE
from generator.components.services.hop import SERVICES
from generator.components.services.telemetry import for_samples
from generator.deployment.network import (
    COUPON_API,
    COUPON_ISSUER_HEALTH,
    COUPON_NOTIFIER_HEALTH,
    POSTGRES,
    REDIS,
    Listener,
)
from generator.deployment.target import Target
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Health, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

_MEMORY = Size(192 << 20)
# A batch 10 s, requests 5 s, leaving a batch 2 s, a call under way 8 s, the last flush of spans 5 s.
_GRACE = 35


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """The API and the two consumers."""
    network = deployment.network
    api, issuer, notifier = COUPON_API, COUPON_ISSUER_HEALTH, COUPON_NOTIFIER_HEALTH
    yield _service(deployment, api, _database(deployment) | _listen(deployment, api, "HTTP"))
    yield _service(deployment, issuer, _database(deployment) | _listen(deployment, issuer, "HEALTH"))
    callback = {"COUPON_API_URL": f"http://{network.reach(api)}"}
    yield _service(
        deployment, notifier, callback | _listen(deployment, notifier, "HEALTH"), after=("coupon-api",)
    )


def _service(
    deployment: Deployment, listener: Listener, environment: dict[str, str], after: tuple[str, ...] = ()
) -> Workload:
    name = listener.component
    # SQLite is a file that the API and the issuer share.
    data = (Volume("coupons", deployment.layout.data("coupons", "")),)
    probe = f"http://127.0.0.1:{listener.port}/readyz"
    return Workload(
        name=name,
        title=name,
        image=OWN_IMAGE,
        program="python",
        command=("-m", f"sample_services.{name.replace('-', '_')}"),
        environment={
            **environment,
            "REDIS_URL": f"redis://{deployment.network.reach(REDIS)}/0",
            "MESSAGING_PROPAGATION": deployment.tracing.propagation,
            **for_samples(deployment, name),
        },
        volumes=data if deployment.target is Target.NATIVE and "DATABASE_URL" in environment else (),
        listens=(listener,),
        memory=_MEMORY,
        resident=90,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in a container of its own
        unprivileged=True,
        health=Health(
            "http",
            listener,
            path="/readyz",
            inside=("python", "-c", f"import urllib.request; urllib.request.urlopen('{probe}', timeout=3)"),
        ),
        metrics=listener,
        hop=SERVICES.name,
        after=(
            "redis",
            *(("postgres",) if _needs_postgres(deployment, environment) else ()),
            READY if deployment.target is Target.COMPOSE else "collector",
            *after,
        ),
        stop_grace=_GRACE,
    )


def _needs_postgres(deployment: Deployment, environment: dict[str, str]) -> bool:
    return deployment.target is Target.COMPOSE and "DATABASE_URL" in environment


def _database(deployment: Deployment) -> dict[str, str]:
    if deployment.target is Target.NATIVE:
        folder = deployment.layout.data("coupons", "")
        return {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/coupons.db"}
    return {
        "DATABASE_URL": f"postgresql+asyncpg://{DATABASE}@{deployment.network.reach(POSTGRES)}/{DATABASE}"
    }


def _listen(deployment: Deployment, listener: Listener, prefix: str) -> dict[str, str]:
    host, _, port = deployment.network.bind(listener).rpartition(":")
    return {f"{prefix}_HOST": host, f"{prefix}_PORT": port}
