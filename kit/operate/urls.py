"""The addresses of a deployment that people use."""

from __future__ import annotations

from generator.deployment.model import Deployment
from generator.deployment.network import COUPON_API, JAEGER_QUERY, OTLP_GRPC, OTLP_HTTP


def urls(deployment: Deployment) -> dict[str, str]:
    """The addresses, by what they serve."""
    network = deployment.network
    base = deployment.jaeger.base_path.rstrip("/")
    services = deployment.services
    return {
        "jaeger": network.url(JAEGER_QUERY) + base,
        **({"coupon-api": network.url(COUPON_API)} if services.samples else {}),
        **{own.name: network.url(own.listener) for own in services.own if own.listener},
        "otlp-grpc": network.url(OTLP_GRPC),
        "otlp-http": network.url(OTLP_HTTP),
    }
