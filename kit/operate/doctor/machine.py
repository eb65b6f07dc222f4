"""Check the machine: cores, memory, disk, ports, Python."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from generator.components.collector.plan import CollectorPlan
from kit.operate.doctor.doctor_rules import CPU, DISK, MEMORY, PORTS, PYTHON
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject
from kit.operate.ports import is_free, next_free, owner
from kit.operate.runtime import Runtime

_CORES = 2
_TRACES = 1 << 30
_CGROUP = Path("/sys/fs/cgroup")


def python(subject: Subject) -> Iterator[Line]:
    """Check the Python version and the packages that the runtimes need."""
    looked = Looked("Python", PYTHON, "3.11 or newer, with the packages of tracing-kit[native]")
    missing = [name for runtime in subject.known for name in _missing(runtime)]
    found = platform.python_version() + (f" without {', '.join(missing)}" if missing else "")
    if not missing:
        yield looked.well(found)
    elif subject.only and _missing(subject.only):
        yield looked.fail(found)
    else:
        yield looked.warn(found)


def cpu(subject: Subject) -> Iterator[Line]:
    """Check the number of cores that this process may use."""
    del subject
    cores = min(float(len(os.sched_getaffinity(0))), _quota())
    looked = Looked("CPU", CPU, f"{_CORES} cores")
    found = f"{cores:g} core{'s' if cores != 1 else ''}"
    yield looked.well(found) if cores >= _CORES else looked.warn(found)


def memory(subject: Subject) -> Iterator[Line]:
    """Compare the free memory with the deployment's needs, or with the growth to expect if it already runs."""
    import psutil

    machine = psutil.virtual_memory()
    total, available = min(machine.total, _limit()) >> 20, machine.available >> 20
    for runtime in reversed(subject.meant if subject.live is None else ()):
        needed = runtime.needs().memory
        looked = Looked(f"memory, {runtime.name}", MEMORY, f"{needed:,} MiB")
        found = f"{available:,} of {total:,} MiB are free"
        if available >= needed:
            yield looked.well(found)
        elif total < needed and subject.only:
            yield looked.fail(found)
        else:
            yield looked.warn(found)
    if subject.live is not None:
        looked = Looked("memory", MEMORY, "256 MiB free beside the deployment")
        found = f"{available:,} of {total:,} MiB are free"
        yield looked.well(found) if available >= 256 else looked.warn(found)


def disk(subject: Subject) -> Iterator[Line]:
    """Check the free disk space: for the queue, for traces, and for parts that a runtime has to install first."""
    collector = subject.here[CollectorPlan]
    queue = collector.queue_file.bytes if collector.persistent else 0
    wanted = {"queue": queue, "traces": _TRACES}
    for runtime in subject.meant:
        wanted |= runtime.needs().disk
    needed, free = sum(wanted.values()), shutil.disk_usage(subject.folder).free
    shares = [f"{size >> 20:,} MiB {what}" for what, size in wanted.items()]
    looked = Looked("disk", DISK, f"{needed >> 20:,} MiB ({', '.join(shares)})")
    found = f"{free >> 20:,} MiB are free in {subject.folder}"
    if free >= needed:
        yield looked.well(found)
    elif free >= _TRACES:
        yield looked.warn(found)
    else:
        yield looked.fail(found)


def ports(subject: Subject) -> Iterator[Line]:
    """Check the ports that a start would need, and name the process that holds a taken one."""
    if subject.live is not None:
        return
    wanted: dict[tuple[str, int], str] = {}
    for runtime in subject.meant:
        for where, what in runtime.needs().ports.items():
            wanted.setdefault(where, what)
    hosts = sorted({host for host, _ in wanted})
    looked = Looked("ports", PORTS, f"{len(wanted)} ports on {' and '.join(hosts)}")
    taken = [(host, port) for host, port in wanted if not is_free(port, host)]
    for host, port in taken:
        holder = owner(port) or "another user's process"
        free = next_free(port, {known for _, known in wanted}, host)
        one = Looked(f"port {port}", PORTS, f"free, for {wanted[host, port]}")
        fix = f"stop it, or choose another port in kit.yaml: {free} is free" if free else ""
        yield one.fail(f"held by {holder}", fix, {"port": port, "holder": holder, "free": free})
    if not taken:
        yield looked.well("all are free")


def _missing(runtime: Runtime) -> list[str]:
    return [name for name in runtime.packages if importlib.util.find_spec(name) is None]


def _quota() -> float:
    """Number of cores that a container's limit allows; infinite without a limit."""
    try:
        most, period = (_CGROUP / "cpu.max").read_text().split()
        return float("inf") if most == "max" else int(most) / int(period)
    except (OSError, ValueError):
        return float("inf")


def _limit() -> int:
    """Memory that a container's limit allows, in bytes; practically infinite without a limit."""
    try:
        return int((_CGROUP / "memory.max").read_text())
    except (OSError, ValueError):
        return 1 << 62
