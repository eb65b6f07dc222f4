"""Where Alertmanager listens."""

from __future__ import annotations

from generator.components.alertmanager.plan import has_receiver
from generator.components.prometheus.spec import MONITORING
from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

NAME = "alertmanager"
ALERTMANAGER_PORT = Port(
    "alertmanager",
    9093,
    "Alertmanager: active alerts and silences",
    51,
    opened=lambda spec: spec[MONITORING].enabled and has_receiver(spec[MONITORING].alerts),
)
ALERTMANAGER = Listener(NAME, "http", 9093, ALERTMANAGER_PORT.key)
