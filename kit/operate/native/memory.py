"""Memory of a native deployment: expected and actual."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from generator.targets.native import Process

# Measured, for the supervisor itself.
_SUPERVISOR_MIB = 20


def budget(processes: Sequence[Process]) -> Iterator[str]:
    """Yield lines with the idle memory of each process and the free memory of the machine."""
    import psutil

    total = sum(process.resident for process in processes) + _SUPERVISOR_MIB
    free = psutil.virtual_memory().available >> 20
    yield "memory when idle:"
    for process in processes:
        if process.resident:
            yield f"  {process.title:<40} {process.resident:>6} MiB"
    yield f"  {'the process supervisor':<40} {_SUPERVISOR_MIB:>6} MiB"
    short = "  (too little: the machine may swap or kill processes)" if free < total else ""
    yield f"  {'total':<40} {total:>6} MiB of {free:,} MiB free{short}"


def resident(pid: int) -> int:
    """Return the resident memory of a process and its children, in bytes; 0 if it has ended."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total
