"""The keys of Grafana, within `monitoring`."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option
from generator.spec.quantities import Size
from generator.spec.secret import Secret, SecretReference


@dataclass(frozen=True)
class GrafanaSpec:
    """Dashboards of the metrics, with links from slow requests to their traces. Compose only."""

    enabled: bool = option(kinds.Flag(), True, "run Grafana with the dashboards; not for the native target")
    password: Secret | None = option(
        containers.Maybe(SecretReference()),
        None,
        "password of the user admin at the first start: {env: NAME} or {file: PATH}; null: the first start makes one",
    )
    anonymous: bool = option(
        kinds.Flag(), False, "show the dashboards without a login, to all who reach the port"
    )
    memory: Size = option(kinds.size("256MiB", "192MiB", "64GiB"), Size(256 << 20), "memory limit of Grafana")
