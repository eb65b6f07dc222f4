"""Memory: what each container may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.workload import Workload


def limits(workloads: Sequence[Workload], machine: int) -> Iterator[str]:
    """Lines that tell each container's limit, and what the machine has.

    Args:
        workloads: all of them; what runs once is gone when the others run, and is not counted.
        machine: memory of the machine that containers run on, in bytes; 0 when that is not known.
    """
    staying = [workload for workload in workloads if not workload.once]
    total = sum(workload.memory.mib for workload in staying)
    yield "memory limits:"
    for workload in staying:
        yield f"  {workload.title:<40} {workload.memory.mib:>6} MiB"
    has = machine >> 20
    of = f" of the {has:,} MiB that Docker's machine has" if has else ""
    short = "  (too little: lower the limits in kit.yaml, or expect it to kill)" if 0 < has < total else ""
    yield f"  {'in all, at most':<40} {total:>6} MiB{of}{short}"
