"""How long a test waits for what must come."""

from __future__ import annotations

import time
from collections.abc import Callable

# A run that passes never waits so long. A machine may be several times slower than ours, with all its cores busy.
PATIENCE_S = 300.0

# The same for one answer of a program that runs.
ANSWER_S = 60.0


def until(fine: Callable[[], bool], what: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait for something; fails with what is there instead."""
    deadline = time.monotonic() + seconds
    while not fine():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)
