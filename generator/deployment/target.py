"""Where a deployment runs."""

from __future__ import annotations

from enum import StrEnum


class Target(StrEnum):
    """The two ways to run one spec."""

    COMPOSE = "compose"
    NATIVE = "native"
