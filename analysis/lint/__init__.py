"""What traces show to be wrong: rules with evidence, cost and fix.

Each module has rules of one subject with their thresholds and where those come from, and the detectors that find what
breaks them; `report` runs them all. A detector is a pure function over a `look.Look`.
"""

from __future__ import annotations

from analysis.lint.conventions import MISSING_ATTRIBUTE, OLD_NAME, UNBOUNDED_NAME
from analysis.lint.loops import CHATTY, N_PLUS_ONE, REDIS_LOOP
from analysis.lint.propagation import BROKEN_PROPAGATION, MISSING_PARENT, ORPHAN_CONSUMER
from analysis.lint.retries import RETRY
from analysis.lint.serial import SERIAL
from analysis.lint.waits import POOL, STAMPEDE

RULES = (
    N_PLUS_ONE,
    REDIS_LOOP,
    CHATTY,
    SERIAL,
    POOL,
    STAMPEDE,
    RETRY,
    ORPHAN_CONSUMER,
    BROKEN_PROPAGATION,
    MISSING_PARENT,
    OLD_NAME,
    MISSING_ATTRIBUTE,
    UNBOUNDED_NAME,
)
"""All rules that traces can break, for `kit explain`."""
