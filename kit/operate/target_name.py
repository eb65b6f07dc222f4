"""The names of the targets, as an enumeration for an option and a JSON field."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    TargetName = str
else:
    from generator.targets import TARGETS

    TargetName = StrEnum("TargetName", {target.name.upper(): target.name for target in TARGETS})
