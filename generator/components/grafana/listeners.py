"""Where Grafana listens."""

from __future__ import annotations

from generator.components.prometheus.spec import MONITORING
from generator.deployment.network import Listener
from generator.spec.model import Spec
from generator.spec.sections.ports import Port

NAME = "grafana"


def _opened(spec: Spec) -> bool:
    return spec[MONITORING].enabled and spec[MONITORING].grafana.enabled


GRAFANA_PORT = Port(NAME, 13000, "Grafana: dashboards", 55, opened=_opened)
GRAFANA = Listener(NAME, "http", 3000, GRAFANA_PORT.key)
