"""The faults of `fault_names`, each in its own module.

A fault replaces the sound code when a service starts. While it is off, none of its code runs. A pause stands
for work that takes time elsewhere, such as another company's service or a computation.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..fault_names import Fault

_log = logging.getLogger(__name__)


def announce(faults: Collection[Fault]) -> None:
    """Log the active faults, so that a forgotten one is not mistaken for a real problem."""
    if faults:
        _log.warning("slow on purpose, FAULTS has %s", ", ".join(sorted(faults)))
