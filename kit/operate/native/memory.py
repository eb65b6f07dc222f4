"""Memory: what a deployment will take, and what it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from generator.targets.native import Process

# The supervisor itself, measured.
_SUPERVISOR_MIB = 20


def budget(processes: Sequence[Process]) -> Iterator[str]:
    """Lines that tell what each process takes when idle, and what the machine has."""
    import psutil

    total = sum(process.resident for process in processes) + _SUPERVISOR_MIB
    free = psutil.virtual_memory().available >> 20
    yield "memory when idle:"
    for process in processes:
        if process.resident:
            yield f"  {process.title:<40} {process.resident:>6} MiB"
    yield f"  {'the process supervisor':<40} {_SUPERVISOR_MIB:>6} MiB"
    short = "  (too little: expect the machine to swap or kill)" if free < total else ""
    yield f"  {'in all':<40} {total:>6} MiB of {free:,} MiB that are free{short}"


def resident(pid: int) -> int:
    """Resident memory of a process and its children, in bytes; 0 when it is gone."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total
