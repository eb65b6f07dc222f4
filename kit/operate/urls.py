"""The addresses of a deployment that people use."""

from __future__ import annotations

from generator.components.collector.listeners import OTLP_GRPC, OTLP_HTTP
from generator.components.jaeger.listeners import JAEGER_QUERY
from generator.components.jaeger.plan import JaegerPlan
from generator.components.services.plan import ServicesPlan
from generator.components.services.ports import COUPON_API
from generator.deployment.model import Deployment


def urls(deployment: Deployment) -> dict[str, str]:
    """The addresses, by what they serve."""
    network = deployment.network
    base = deployment[JaegerPlan].base_path.rstrip("/")
    services = deployment[ServicesPlan]
    return {
        "jaeger": network.url(JAEGER_QUERY) + base,
        **({"coupon-api": network.url(COUPON_API)} if services.samples else {}),
        **{own.name: network.url(own.listener) for own in services.own if own.listener},
        "otlp-grpc": network.url(OTLP_GRPC),
        "otlp-http": network.url(OTLP_HTTP),
    }
