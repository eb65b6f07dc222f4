"""Rules of `kit validate`: each checks the rendered files with the overrides merged.

A rule is a function under `@rule(id)` in the module of its subject, and listed in that module's `CHECKS`. Its texts are
in the Markdown page beside the module. Rules across components are here. A component's own rules are in a module of
its folder, which it names as `rules`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from findings.finding import Finding, grouped, in_order
from generator.components import components
from generator.rules import layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from findings.rule import Rule
    from generator.rules.check import RuleCheck
    from generator.rules.scene import Scene

ACROSS_COMPONENTS = (
    "addresses", "loopback", "health", "keyspaces", "mounts", "paths", "ports", "storage", "memory", "delivery",
    "timeouts", "sdk", "otel_components", "config_keys", "security", "compose_services",
)  # fmt: skip

RULES: tuple[Rule, ...]
"""Every rule with its texts, for `kit explain`; the pages are read on first use."""


def __getattr__(name: str) -> object:
    if name == "RULES":
        return (*(layer.rule(id_) for id_ in layer.IDS), *(check.rule for check in checks()))
    raise AttributeError(name)


@cache
def checks() -> tuple[RuleCheck, ...]:
    """Return every rule that checks rendered files."""
    own = (component.rules for component in components())
    modules = (*(f"{__name__}.{name}" for name in ACROSS_COMPONENTS), *filter(None, own))
    return tuple(check for module in modules for check in import_module(module).CHECKS)


def rule_count() -> int:
    """Return the number of rules."""
    return len(layer.IDS) + len(checks())


def examine(scene: Scene, beside: Iterable[Finding] = ()) -> list[Finding]:
    """Return every finding in a deployment, errors first, without silenced rules.

    Args:
        scene: the deployment.
        beside: findings about the deployment's folder.
    """
    found = grouped(finding for check in checks() for finding in check.findings(scene))
    known = (*(check.id for check in checks()), *layer.OF_THE_FOLDER)
    heard = layer.silenced([*found, *beside], scene, known)
    return in_order([*heard, *layer.edited(scene)])
