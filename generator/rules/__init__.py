"""The rules of `kit validate`: each reads the rendered files as they take effect, overrides included.

A rule is a function in the module of its subject, under `@rule(…)`, and a name in that module's `CHECKS`.
"""

from __future__ import annotations

from findings.finding import Finding, grouped, in_order
from generator.rules import (
    addresses,
    components,
    compose_services,
    delivery,
    health,
    keyspaces,
    layer,
    memory,
    mounts,
    ports,
    queues,
    sampling,
    security,
    storage,
    timeouts,
)
from generator.rules.scene import Scene

_MODULES = (
    addresses, health, keyspaces, mounts, ports, storage, memory, queues, delivery, timeouts, components, security,
    compose_services, sampling,
)  # fmt: skip
CHECKS = tuple(check for module in _MODULES for check in module.CHECKS)
RULES = (*layer.RULES, *(check.rule for check in CHECKS))


def examine(scene: Scene) -> list[Finding]:
    """Every finding in a deployment, errors first, without what the spec silences."""
    found = grouped(finding for check in CHECKS for finding in check.findings(scene))
    heard = layer.silenced(found, scene, (check.rule.id for check in CHECKS))
    return in_order([*heard, *layer.edited(scene)])
