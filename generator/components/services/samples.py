"""The three sample services."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.collector.ready import ready_step
from generator.components.postgres.component import DATABASE, POSTGRES
from generator.components.redis.budget import dead_letters_kept, remembered_seconds
from generator.components.redis.component import REDIS, RedisPlan
from generator.components.services.hop import SERVICES
from generator.components.services.ports import COUPON_API, COUPON_ISSUER_HEALTH, COUPON_NOTIFIER_HEALTH
from generator.components.services.telemetry import for_samples
from generator.components.services.tracing_plan import TracingPlan
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, MetricsEndpoint, Volume, Workload, answers_in_own_image

_MEMORY = Size(192 << 20)
_DISK = Size.parse("1GiB")
# Above the sum of: batch 10 s, requests 5 s, handing back a batch 2 s, call under way 8 s, last flush of spans 5 s.
_GRACE = 35


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield the API and the two consumers."""
    network = deployment.network
    api, issuer, notifier = COUPON_API, COUPON_ISSUER_HEALTH, COUPON_NOTIFIER_HEALTH
    yield _service(deployment, api, _database(deployment) | _listen(deployment, api, "HTTP"))
    memory = deployment[RedisPlan].memory
    letters = {"QUEUE_DEAD_LETTERS": str(dead_letters_kept(memory))}
    remembered = {"REQUESTS_REMEMBERED": str(remembered_seconds(memory))}
    yield _service(
        deployment,
        issuer,
        _database(deployment) | letters | remembered | _listen(deployment, issuer, "HEALTH"),
    )
    callback = {"COUPON_API_URL": f"http://{network.reach(api)}", **letters}
    yield _service(
        deployment, notifier, callback | _listen(deployment, notifier, "HEALTH"), after=("coupon-api",)
    )


def _service(
    deployment: Deployment, listener: Listener, environment: dict[str, str], after: tuple[str, ...] = ()
) -> Workload:
    name, stores = listener.component, "DATABASE_URL" in environment
    # A volume only for SQLite: its file is shared by the API and the issuer.
    data = (Volume("coupons", deployment.layout.data("coupons", ""), _DISK),)
    return Workload(
        name=name,
        title=name,
        image=OWN_IMAGE,
        program="python",
        command=("-m", f"sample_services.{name.replace('-', '_')}"),
        environment={
            **environment,
            "REDIS_URL": f"redis://{deployment.network.reach(REDIS)}/0",
            "MESSAGING_PROPAGATION": deployment[TracingPlan].propagation,
            **for_samples(deployment, name),
        },
        volumes=data if stores and not _on_postgres(deployment) else (),
        listens=(listener,),
        memory=_MEMORY,
        resident=90,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        health=answers_in_own_image(listener, "/readyz"),
        # The other metrics are pushed. Losses of spans must be known also while the collector is down.
        metrics=MetricsEndpoint(listener, kept="otel_sdk_.*"),
        hop=SERVICES.name,
        after=(
            "redis",
            *(("postgres",) if stores and _on_postgres(deployment) else ()),
            ready_step(deployment),
            *after,
        ),
        stop_grace=_GRACE,
    )


def _on_postgres(deployment: Deployment) -> bool:
    return deployment.platform.sql_store == "postgres"


def _database(deployment: Deployment) -> dict[str, str]:
    if not _on_postgres(deployment):
        folder = deployment.layout.data("coupons", "")
        return {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/coupons.db"}
    return {
        "DATABASE_URL": f"postgresql+asyncpg://{DATABASE}@{deployment.network.reach(POSTGRES)}/{DATABASE}"
    }


def _listen(deployment: Deployment, listener: Listener, prefix: str) -> dict[str, str]:
    host, _, port = deployment.network.bind(listener).rpartition(":")
    return {f"{prefix}_HOST": host, f"{prefix}_PORT": port}
