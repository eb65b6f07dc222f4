"""`kit doctor`: find problems of this machine and of the deployment that runs here."""

from kit.operate.doctor.doctor_rules import RULES

__all__ = ["RULES"]
