"""Ports for people."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import PORT, key

_BYTE = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = kinds.Text(rf"{_BYTE}(\.{_BYTE}){{3}}", "an IPv4 address, as 127.0.0.1")


@dataclass(frozen=True)
class PortsSpec:
    """Ports that are open to you, and the address they are open on."""

    address: str = key(
        _ADDRESS,
        "127.0.0.1",
        "where Compose opens them; 0.0.0.0 lets everybody in who reaches this machine. Natively always 127.0.0.1",
    )
    otlp_grpc: int = key(PORT, 4317, "OTLP over gRPC, to the collector")
    otlp_http: int = key(PORT, 4318, "OTLP over HTTP, to the collector")
    jaeger: int = key(PORT, 16686, "Jaeger: its UI and query API")
    coupon_api: int = key(PORT, 8080, "the sample API")
    cql: int = key(PORT, 9042, "the database, for `kit schema` and cqlsh")
