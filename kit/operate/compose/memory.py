"""Memory limits of containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.workload import Workload


def limits(workloads: Sequence[Workload], machine: int) -> Iterator[str]:
    """Yield lines with each container's memory limit and the machine's memory.

    Args:
        workloads: all workloads; one-time steps are not counted, because they end before the others run.
        machine: memory of the machine that containers run on, in bytes; 0 if unknown.
    """
    staying = [workload for workload in workloads if not workload.once]
    total = sum(workload.memory.mib for workload in staying)
    yield "memory limits:"
    for workload in staying:
        yield f"  {workload.title:<40} {workload.memory.mib:>6} MiB"
    has = machine >> 20
    of = f" of the {has:,} MiB that Docker's machine has" if has else ""
    short = (
        "  (too little: lower the limits in kit.yaml, or processes may be killed)" if 0 < has < total else ""
    )
    yield f"  {'total, at most':<40} {total:>6} MiB{of}{short}"
