"""`kit doctor`: what is wrong on this machine, or in the deployment that runs here."""

from kit.operate.doctor.doctor_rules import RULES

__all__ = ["RULES"]
