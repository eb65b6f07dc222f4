"""Workloads ⇒ the processes of the native target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.deployment.network import Network
from generator.workload import COMMAND, Health, Workload


@dataclass(frozen=True, slots=True)
class Process:
    """A program to run on this machine.

    Attributes:
        name: the component's name.
        title: what it is, for people.
        program: the native part that is run, `python`, or `COMMAND`.
        arguments: behind the program.
        environment: variables on top of the user's.
        folders: to be made before it starts.
        ports: name and number of each port it opens on 127.0.0.1.
        health: how readiness is seen; None for what runs once.
        health_port: where it is asked.
        metrics_port: where it serves `/metrics`; 0 when it does not.
        hop: the hop of the span pipeline that it is.
        once: it runs to its end.
        stop_grace: seconds it may take to stop.
        resident: what it takes when idle, in MiB, measured.
        rank: what has a higher one is stopped first, so that it can still send what it holds.
    """

    name: str
    title: str
    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folders: tuple[str, ...]
    ports: Mapping[str, int]
    health: Health | None
    health_port: int
    metrics_port: int
    hop: str
    once: bool
    stop_grace: int
    resident: int
    rank: int


def processes(network: Network, workloads: Sequence[Workload]) -> list[Process]:
    """The processes, each behind those it waits for."""
    ranks = _ranks(workloads)
    return [_process(network, workload, ranks[workload.name]) for workload in in_order(workloads)]


def _ranks(workloads: Sequence[Workload]) -> dict[str, int]:
    # Programs of one kind, as the services are, have nothing to send each other at the end: one rank.
    kinds = list(dict.fromkeys(workload.program for workload in workloads if not workload.once))
    return {w.name: kinds.index(w.program) if w.program in kinds else 0 for w in workloads}


def in_order(workloads: Sequence[Workload]) -> list[Workload]:
    """Sort so that each workload comes behind those it waits for; else the given order stays.

    Raises:
        ValueError: some wait for each other, or for one that is not there.
    """
    waiting = list(workloads)
    ordered: list[Workload] = []
    while waiting:
        names = {workload.name for workload in ordered}
        ready = next((workload for workload in waiting if names.issuperset(workload.after)), None)
        if ready is None:
            raise ValueError(f"no order for {', '.join(workload.name for workload in waiting)}")
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def _process(network: Network, workload: Workload, rank: int) -> Process:
    health = workload.health
    return Process(
        name=workload.name,
        title=workload.title,
        program=workload.program,
        arguments=_arguments(workload),
        environment=dict(workload.environment),
        folders=tuple(volume.path for volume in workload.volumes),
        ports={listener.name: network.port(listener) for listener in workload.listens},
        health=health,
        health_port=network.port(health.listener) if health else 0,
        metrics_port=network.port(workload.metrics) if workload.metrics else 0,
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
    # Every process inherits the user's variables; one that it knows by another name is set by a shell, so that
    # its value stands in no file and on no command line.
    exports = "; ".join(f'export {key}="${name}"' for key, name in renamed.items())
    return ("sh", "-c", f'{exports}; exec "$@"', "sh", *workload.command)
