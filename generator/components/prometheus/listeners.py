"""Where Prometheus listens."""

from __future__ import annotations

from generator.components.prometheus.spec import MONITORING
from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

NAME = "prometheus"
PROMETHEUS_PORT = Port(
    "prometheus", 9090, "Prometheus: its UI and query API", 50, opened=lambda spec: spec[MONITORING].enabled
)
PROMETHEUS = Listener(NAME, "http", 9090, PROMETHEUS_PORT.key)
