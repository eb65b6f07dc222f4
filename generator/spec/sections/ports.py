"""Ports for people."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.keys import PORT, key


@dataclass(frozen=True)
class PortsSpec:
    """Ports that are open to you, all on 127.0.0.1."""

    otlp_grpc: int = key(PORT, 4317, "OTLP over gRPC, to the collector")
    otlp_http: int = key(PORT, 4318, "OTLP over HTTP, to the collector")
    jaeger: int = key(PORT, 16686, "Jaeger: its UI and query API")
    coupon_api: int = key(PORT, 8080, "the sample API")
    cql: int = key(PORT, 9042, "the database, for `kit schema` and cqlsh")
