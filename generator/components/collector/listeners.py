"""Listeners of the collector."""

from __future__ import annotations

from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

GRPC_PORT = Port("otlp_grpc", 4317, "OTLP over gRPC, to the collector", 10)
HTTP_PORT = Port("otlp_http", 4318, "OTLP over HTTP, to the collector", 20)
OTLP_GRPC = Listener("collector", "otlp_grpc", 4317, GRPC_PORT.key)
OTLP_HTTP = Listener("collector", "otlp_http", 4318, HTTP_PORT.key)
COLLECTOR_HEALTH = Listener("collector", "health", 13133, native=0)
COLLECTOR_METRICS = Listener("collector", "metrics", 8888, native=1)
