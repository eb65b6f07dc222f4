"""The machine: cores, memory, disk, ports, Python, the kernel's limits."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from generator.deployment.network import LOOPBACK
from generator.targets import COMPOSE, NATIVE
from generator.targets.native import Process, processes
from generator.workload import Workload
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.rules import AIO, CPU, DISK, MEMORY, PORTS, PYTHON
from kit.operate.doctor.subject import Subject
from kit.operate.ports import is_free, next_free, owner

_CORES = 2
_NATIVE_PACKAGES = ("filelock", "jgo", "psutil", "supervisor", "fastapi", "redis", "uvicorn")
_TRACES = 1 << 30
# Seastar: 51,026 for each shard (its default of 50,000 requests, and what it needs besides).
_AIO_A_SHARD = 51_026
_CGROUP = Path("/sys/fs/cgroup")
_AIO = Path("/proc/sys/fs")


def python(subject: Subject) -> Iterator[Line]:
    """The interpreter, and the packages of the native target."""
    looked = Looked("Python", PYTHON, "3.11 or newer, with the packages of tracing-kit[native]")
    missing = [name for name in _NATIVE_PACKAGES if importlib.util.find_spec(name) is None]
    version = platform.python_version()
    if not missing:
        yield looked.well(version)
    elif subject.target is NATIVE:
        yield looked.fail(f"{version} without {', '.join(missing)}")
    else:
        yield looked.warn(f"{version} without {', '.join(missing)}")


def cpu(subject: Subject) -> Iterator[Line]:
    """Cores that this process may use."""
    del subject
    cores = min(float(len(os.sched_getaffinity(0))), _quota())
    looked = Looked("CPU", CPU, f"{_CORES} cores")
    found = f"{cores:g} core{'s' if cores != 1 else ''}"
    yield looked.well(found) if cores >= _CORES else looked.warn(found)


def memory(subject: Subject) -> Iterator[Line]:
    """What is free against what the deployment takes; of one that runs, against what it still grows by."""
    import psutil

    machine = psutil.virtual_memory()
    total, available = min(machine.total, _limit()) >> 20, machine.available >> 20
    for target in subject.targets:
        if subject.live is not None:
            continue
        needed = _needed_mib(subject, target)
        looked = Looked(f"memory, {target}", MEMORY, f"{needed:,} MiB")
        found = f"{available:,} of {total:,} MiB are free"
        if available >= needed:
            yield looked.well(found)
        elif total < needed and subject.target is target:
            yield looked.fail(found)
        else:
            yield looked.warn(found)
    if subject.live is not None:
        looked = Looked("memory", MEMORY, "256 MiB free beside what runs")
        found = f"{available:,} of {total:,} MiB are free"
        yield looked.well(found) if available >= 256 else looked.warn(found)


def disk(subject: Subject) -> Iterator[Line]:
    """Room for the queue, for traces, and for native parts that are not there yet."""
    native = subject.deployments[NATIVE]
    queue = native.collector.queue_file.bytes if native.collector.persistent else 0
    parts = _parts_mib(subject) << 20 if NATIVE in subject.targets else 0
    needed, free = queue + parts + _TRACES, shutil.disk_usage(subject.folder).free
    shares = [f"{queue >> 20:,} MiB queue", f"{_TRACES >> 20:,} MiB traces"]
    shares += [f"{parts >> 20:,} MiB native parts"] if parts else []
    looked = Looked("disk", DISK, f"{needed >> 20:,} MiB ({', '.join(shares)})")
    found = f"{free >> 20:,} MiB are free in {subject.folder}"
    if free >= needed:
        yield looked.well(found)
    elif free >= _TRACES:
        yield looked.warn(found)
    else:
        yield looked.fail(found)


def ports(subject: Subject) -> Iterator[Line]:
    """Ports that a start would need, and who holds those that are taken."""
    if subject.live is not None:
        return
    wanted = _ports(subject)
    hosts = sorted({host for host, _ in wanted})
    looked = Looked("ports", PORTS, f"{len(wanted)} ports on {' and '.join(hosts)}")
    taken = [(host, port) for host, port in wanted if not is_free(port, host)]
    for host, port in taken:
        holder = owner(port) or "another user's process"
        free = next_free(port, {known for _, known in wanted}, host)
        one = Looked(f"port {port}", PORTS, f"free, for {wanted[host, port]}")
        fix = f"stop it, or choose another in kit.yaml: {free} is free" if free else ""
        yield one.fail(f"held by {holder}", fix, {"port": port, "holder": holder, "free": free})
    if not taken:
        yield looked.well("all are free")


def aio(subject: Subject) -> Iterator[Line]:
    """The host's slots for asynchronous I/O, where ScyllaDB will run."""
    nodes = [
        workload
        for target in subject.targets
        for workload in subject.workloads(target)
        if workload.program == "scylla"
    ]
    if not nodes or subject.live is not None:
        return
    shards = sum(_shards(node) for node in nodes)
    most, used = (int((_AIO / name).read_text()) for name in ("aio-max-nr", "aio-nr"))
    looked = Looked("aio-max-nr", AIO, f"{_AIO_A_SHARD * shards:,} free slots for {shards} ScyllaDB shards")
    found = f"{most - used:,} of {most:,} are free"
    if most - used >= _AIO_A_SHARD * shards:
        yield looked.well(found)
    elif subject.target is COMPOSE:
        yield looked.fail(found)
    else:
        yield looked.warn(found)


def _shards(node: Workload) -> int:
    words = list(node.command)
    return int(words[words.index("--smp") + 1]) if "--smp" in words else os.cpu_count() or 1


def _processes(subject: Subject) -> list[Process]:
    return processes(subject.deployments[NATIVE].network, subject.workloads(NATIVE))


def _needed_mib(subject: Subject, target: Target) -> int:
    if target is NATIVE:
        return sum(process.resident for process in _processes(subject))
    # The schema step ends before Jaeger starts.
    return sum(workload.memory.mib for workload in subject.workloads(target) if not workload.once)


def _parts_mib(subject: Subject) -> int:
    from kit.provision import PARTS, installed

    names = {process.program for process in _processes(subject)} & set(PARTS)
    return sum(PARTS[name].disk for name in names - set(installed(names)))


def _ports(subject: Subject) -> dict[tuple[str, int], str]:
    """Who needs which port, at which address."""
    wanted: dict[tuple[str, int], str] = {}
    if NATIVE in subject.targets:
        for process in _processes(subject):
            wanted |= {(LOOPBACK, port): f"{process.name} ({name})" for name, port in process.ports.items()}
    if COMPOSE in subject.targets:
        network = subject.deployments[COMPOSE].network
        for workload in subject.workloads(COMPOSE):
            for listener in workload.listens:
                if listener.published:
                    where = (network.published_on, network.published(listener))
                    wanted.setdefault(where, f"{workload.name} ({listener.name})")
    return wanted


def _quota() -> float:
    """Cores that a container's limit leaves; infinite without one."""
    try:
        most, period = (_CGROUP / "cpu.max").read_text().split()
        return float("inf") if most == "max" else int(most) / int(period)
    except (OSError, ValueError):
        return float("inf")


def _limit() -> int:
    """Bytes that a container's limit leaves; as good as infinite without one."""
    try:
        return int((_CGROUP / "memory.max").read_text())
    except (OSError, ValueError):
        return 1 << 62
