"""Use of the processor and of memory by this process, and the lag of its event loop."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.metrics import Observation

from .instruments import histogram, observed_counter, observed_sum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.metrics import CallbackOptions

_STATM = Path("/proc/self/statm")
_EVERY_SECONDS = 0.1

_lag = histogram(
    "asyncio.event_loop.lag",
    "s",
    "Delay of a timer, measured ten times a second: how long the event loop was busy with something else.",
)


def _processor_time(_: CallbackOptions) -> Iterator[Observation]:
    used = os.times()
    yield Observation(used.user + used.system)


def _memory(_: CallbackOptions) -> Iterator[Observation]:
    # Only Linux has this file.
    with suppress(OSError):
        resident = int(_STATM.read_text(encoding="ascii").split()[1])
        yield Observation(resident * os.sysconf("SC_PAGE_SIZE"))


observed_counter("process.cpu.time", "s", "Processor time of the process.", _processor_time)
observed_sum("process.memory.usage", "By", "Resident memory of the process.", _memory)


async def watch_event_loop() -> None:
    """Measure the lag of the current event loop until the task is cancelled."""
    while True:
        due = time.perf_counter() + _EVERY_SECONDS
        await asyncio.sleep(_EVERY_SECONDS)
        _lag.record(max(0.0, time.perf_counter() - due), {})
