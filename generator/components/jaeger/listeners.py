"""Listeners of Jaeger."""

from __future__ import annotations

from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

JAEGER_PORT = Port("jaeger", 16686, "Jaeger: its UI and query API", 30)
JAEGER_OTLP = Listener("jaeger", "otlp_http", 4318, native=2)
JAEGER_AT_ONCE = Listener("jaeger", "otlp_at_once", 4319, native=11)
JAEGER_QUERY = Listener("jaeger", "query_http", 16686, JAEGER_PORT.key)
JAEGER_QUERY_GRPC = Listener("jaeger", "query_grpc", 16685, native=3)
JAEGER_HEALTH = Listener("jaeger", "health", 13133, native=4)
JAEGER_METRICS = Listener("jaeger", "metrics", 8888, native=5)
