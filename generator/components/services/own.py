"""The user's own services."""

from __future__ import annotations

from generator.components.collector.ready import ready_step
from generator.components.redis.component import REDIS, RedisPlan
from generator.components.services.plan import OwnService, ServicesPlan
from generator.components.services.telemetry import for_any_language, inside
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.workload import COMMAND, Health, MetricsEndpoint, Workload

# Time for the requests under way and then for the SDK's last export (up to 10 s by default).
_GRACE = 35


def workload(deployment: Deployment, service: OwnService) -> Workload:
    """Return the workload of a user's service: its settings in the spec, and the variables for tracing."""
    return Workload(
        name=service.name,
        title=service.name,
        image=service.image,
        build=service.build,
        program=COMMAND,
        command=service.command,
        environment=_environment(deployment, service),
        variables=_handed_on(service),
        secrets=tuple(dict.fromkeys(secret for secret in service.secrets.values() if secret.file)),
        listens=_listeners(deployment, service),
        memory=service.memory,
        # Unknown.
        resident=0,
        health=_health(service),
        metrics=MetricsEndpoint(service.metrics_listener, service.metrics)
        if service.metrics_listener
        else None,
        after=(*(("redis",) if deployment[RedisPlan].runs else ()), ready_step(deployment), *service.after),
        stop_grace=_GRACE,
    )


def _listeners(deployment: Deployment, service: OwnService) -> tuple[Listener, ...]:
    """Return its ports: on a shared host also that of its metrics, which is never published."""
    listeners = [service.listener, service.metrics_listener if deployment.platform.shares_host else None]
    return tuple(dict.fromkeys(listener for listener in listeners if listener))


def _environment(deployment: Deployment, service: OwnService) -> dict[str, str]:
    """Return the environment; the user's variables come last, so that they replace the kit's."""
    listener, network = service.listener, deployment.network
    told = {
        **({"HOST": network.bind_host(), "PORT": str(network.port(listener))} if listener else {}),
        **_others(deployment, service),
        **({"REDIS_URL": f"redis://{network.reach(REDIS)}/0"} if deployment[RedisPlan].runs else {}),
        **for_any_language(deployment, service.name, inside(deployment)),
        **service.environment,
        **{key: deployment.layout.secret(secret) for key, secret in service.secrets.items() if secret.file},
    }
    return {key: value for key, value in told.items() if key not in _handed_on(service)}


def _others(deployment: Deployment, service: OwnService) -> dict[str, str]:
    """Return the addresses of the services that it waits for, which depend on the target."""
    return {
        f"{other.name.upper().replace('-', '_')}_URL": f"http://{deployment.network.reach(other.listener)}"
        for other in deployment[ServicesPlan].own
        if other.name in service.after and other.listener
    }


def _handed_on(service: OwnService) -> dict[str, str]:
    return {key: secret.env for key, secret in service.secrets.items() if secret.env}


def _health(service: OwnService) -> Health | None:
    if service.listener is None or not service.health:
        return None
    url = f"http://127.0.0.1:{service.listener.port}{service.health}"
    return Health(
        "http",
        service.listener,
        path=service.health,
        inside=("sh", "-c", f"wget -q -O /dev/null '{url}' || curl -fsS -o /dev/null '{url}'"),
    )
