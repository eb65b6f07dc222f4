"""OpenTelemetry SDK of each service: queue, batches, last spans, sampler."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rules.check import Breach, rule
from generator.rules.scene import Scene
from generator.rules.units import mib, whole

# Measured with tracemalloc: a span with a dozen attributes in a Python SDK's queue. Measured as RSS: an idle service.
PYTHON_SPAN_BYTES = 4096
_PYTHON_IDLE = 90 << 20


@rule("KIT046")
def span_queues_fit(scene: Scene) -> Iterator[Breach]:
    """Compare OTEL_BSP_MAX_QUEUE_SIZE, at 4 KiB per span, with the limit minus the memory of an idle service."""
    name = "OTEL_BSP_MAX_QUEUE_SIZE"
    for container in scene.containers.values():
        spans, limit = whole(container.environment.get(name)), container.memory
        if spans and limit and spans * PYTHON_SPAN_BYTES > max(limit - _PYTHON_IDLE, limit // 4):
            fits = max(limit - _PYTHON_IDLE, limit // 4) // PYTHON_SPAN_BYTES
            yield Breach(
                f"{container.name}: {spans} spans can take {mib(spans * PYTHON_SPAN_BYTES)}, its limit is {mib(limit)}",
                f"at most {fits}",
                container.at("environment", name),
                "tracing.queue",
                also=container.at("memory"),
            )


@rule("KIT061")
def services_may_finish(scene: Scene) -> Iterator[Breach]:
    """Compare each service's grace period with its exporter's timeout."""
    name = "OTEL_EXPORTER_OTLP_TIMEOUT"
    for container in scene.containers.values():
        timeout = whole(container.environment.get(name))
        grace = container.grace
        # Some SDKs count in milliseconds: 10000 does not mean three hours.
        wait = (timeout / 1000 if timeout and timeout >= 1000 else timeout) or 0
        if timeout and grace is not None and grace <= wait:
            yield Breach(
                f"{container.name} is killed after {grace:g} s, but its exporter can take {wait:g} s",
                f"more than {wait:g} s",
                container.at("grace"),
                also=container.at("environment", name),
            )


@rule("KIT065")
def batches_fit_their_queue(scene: Scene) -> Iterator[Breach]:
    """Compare OTEL_BSP_MAX_EXPORT_BATCH_SIZE with OTEL_BSP_MAX_QUEUE_SIZE."""
    name = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
    for container in scene.containers.values():
        batch = whole(container.environment.get(name, "512"))
        queue = whole(container.environment.get("OTEL_BSP_MAX_QUEUE_SIZE", "2048"))
        if batch and queue and batch > queue:
            yield Breach(
                f"{container.name} sends {batch} spans at once from a queue of {queue}",
                f"at most {queue}",
                container.at("environment", name),
                "tracing.queue",
                also=container.at("environment", "OTEL_BSP_MAX_QUEUE_SIZE"),
            )


@rule("KIT095")
def services_follow_their_caller(scene: Scene) -> Iterator[Breach]:
    """Find samplers that ignore the caller's decision."""
    name = "OTEL_TRACES_SAMPLER"
    for container in scene.containers.values():
        if container.environment.get(name) in ("traceidratio", "always_off") and container.name != "jaeger":
            said = container.environment[name]
            better = "parentbased_traceidratio" if said == "traceidratio" else "parentbased_always_on"
            yield Breach(
                f"{container.name} samples without its caller's decision: {said}",
                better,
                container.at("environment", name),
            )


CHECKS = (span_queues_fit, services_may_finish, batches_fit_their_queue, services_follow_their_caller)
