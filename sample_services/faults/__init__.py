"""How the services behave with a fault of `fault_names` on: each lies in a module of its own.

It takes the place of the sound code when a service starts; while it is off, nothing of it runs. A pause stands
in for what takes time elsewhere: another company's service, a computation.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..fault_names import Fault

_log = logging.getLogger(__name__)


def announce(faults: Collection[Fault]) -> None:
    """Say in the log which are on: nobody should look for the cause of one that was forgotten."""
    if faults:
        _log.warning("slow on purpose, FAULTS has %s", ", ".join(sorted(faults)))
