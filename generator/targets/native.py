"""Turn workloads into the processes of the native target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

from generator.deployment.model import Deployment
from generator.deployment.network import LOOPBACK, Network
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.sections.native import NATIVE as NATIVE_KEY
from generator.target import Target
from generator.workload import COMMAND, Health, Workload

NATIVE_FOLDER = PurePosixPath(".kit/native")


@dataclass(frozen=True, slots=True)
class Process:
    """A program to run on this machine.

    Attributes:
        name: Name of the component.
        title: Name for messages.
        program: Native part to run, `python`, or `COMMAND`.
        arguments: Arguments after the program.
        before: Python module with arguments that runs before each start and then becomes the program.
        environment: Variables in addition to the user's environment.
        folders: Folders that are created before it starts.
        ports: Name and number of each port that it opens on 127.0.0.1.
        health: Readiness check; None for a process that runs once.
        health_port: Port of the readiness check.
        metrics_port: Port of its metrics; 0 if it has none.
        metrics_path: Path of its metrics.
        hop: Name of its hop in the span pipeline.
        once: Whether it runs once, to its end.
        stop_grace: Time that it may take to stop, in seconds.
        resident: Memory when idle, in MiB, measured.
        rank: Order of stopping: higher ranks first, so that each can still send the spans that it holds.
    """

    name: str
    title: str
    program: str
    arguments: tuple[str, ...]
    before: tuple[str, ...]
    environment: Mapping[str, str]
    folders: tuple[str, ...]
    ports: Mapping[str, int]
    health: Health | None
    health_port: int
    metrics_port: int
    metrics_path: str
    hop: str
    once: bool
    stop_grace: int
    resident: int
    rank: int


def processes(network: Network, workloads: Sequence[Workload]) -> list[Process]:
    """Return the processes, each after those that it waits for."""
    ranks = _ranks(workloads)
    return [_process(network, workload, ranks[workload.name]) for workload in in_order(workloads)]


def _ranks(workloads: Sequence[Workload]) -> dict[str, int]:
    # Neighbours with the same program, such as the services, don't send to each other at the end, so they share a rank.
    ranks: dict[str, int] = {}
    rank, before = 0, ""
    for workload in workloads:
        if not workload.once:
            rank += workload.program != before
            before = workload.program
        ranks[workload.name] = 0 if workload.once else rank
    return ranks


def in_order(workloads: Sequence[Workload]) -> list[Workload]:
    """Sort workloads so that each comes after those that it waits for; otherwise keep their order.

    Raises:
        ValueError: Workloads wait for each other, or for an unknown one.
    """
    places = {workload.name: place for place, workload in enumerate(workloads)}
    sorter = TopologicalSorter({workload.name: workload.after for workload in workloads})
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"these wait for each other: {', '.join(error.args[1])}") from None
    ordered: list[Workload] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        if missing := ready - places.keys():
            raise ValueError(f"workloads wait for unknown ones: {', '.join(sorted(missing))}")
        first = min(ready, key=places.__getitem__)
        ready.remove(first)
        sorter.done(first)
        ordered.append(workloads[places[first]])
    return ordered


def _process(network: Network, workload: Workload, rank: int) -> Process:
    health = workload.health
    return Process(
        name=workload.name,
        title=workload.title,
        program=workload.program,
        arguments=_arguments(workload),
        before=workload.before_start,
        environment=dict(workload.environment),
        folders=tuple(volume.path for volume in workload.volumes),
        ports={listener.name: network.port(listener) for listener in workload.listens},
        health=health,
        health_port=network.port(health.listener) if health else 0,
        metrics_port=network.port(workload.metrics.listener) if workload.metrics else 0,
        metrics_path=workload.metrics.path if workload.metrics else "",
        hop=workload.hop,
        once=workload.once,
        stop_grace=workload.stop_grace,
        resident=workload.resident,
        rank=rank,
    )


def _arguments(workload: Workload) -> tuple[str, ...]:
    renamed = {key: name for key, name in workload.variables.items() if key != name}
    if workload.program != COMMAND or not renamed:
        return workload.command
    # Every process inherits the user's variables. A shell sets one that has another name here, so that its value is in
    # no file and on no command line.
    exports = "; ".join(f'export {key}="${name}"' for key, name in renamed.items())
    return ("sh", "-c", f'{exports}; exec "$@"', "sh", *workload.command)


def _platform(spec: Spec, folder: PurePosixPath) -> Platform:
    return Platform(
        target="native",
        has_images=False,
        shares_host=True,
        isolates_files=False,
        owns_volumes=True,
        binds=LOOPBACK,
        opens=LOOPBACK,
        sql_store="sqlite",
        stand_in=spec[NATIVE_KEY].storage,
        folder=folder,
        rendered=folder / NATIVE_FOLDER,
    )


def _no_files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    # No files: the processes are derived from the workloads at the start.
    del deployment, workloads
    yield from ()


NATIVE = Target("native", _platform, _no_files, keys=(NATIVE_KEY,), runtime="kit.operate.native.runtime")
