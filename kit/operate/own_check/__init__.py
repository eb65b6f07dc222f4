"""The own checks of the collector and Jaeger: they validate the configs that they would be started with."""

from kit.operate.own_check.programs import REFUSED

__all__ = ["RULES"]

RULES = (REFUSED,)
