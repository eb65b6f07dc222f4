"""One check after another; none of them can stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from findings.rule import Rule
from generator.deployment.model import Deployment
from generator.targets import COMPOSE, NATIVE
from kit.errors import KitError
from kit.operate.doctor import clock, docker, machine, rules, running
from kit.operate.doctor.compose import ComposeRun
from kit.operate.doctor.line import Examination, Line, Looked
from kit.operate.doctor.live import Live
from kit.operate.doctor.native import NativeRun
from kit.operate.doctor.subject import Subject, deployments
from kit.operate.native.home import Home


@dataclass(frozen=True, slots=True)
class Check:
    """A check: what it looks at, the rule, how."""

    name: str
    rule: Rule
    look: Callable[[Subject], Iterator[Line]]


CHECKS = (
    Check("Python", rules.PYTHON, machine.python),
    Check("CPU", rules.CPU, machine.cpu),
    Check("memory", rules.MEMORY, machine.memory),
    Check("disk", rules.DISK, machine.disk),
    Check("ports", rules.PORTS, machine.ports),
    Check("Docker", rules.DOCKER, docker.engine),
    Check("Docker Compose", rules.COMPOSE, docker.compose),
    Check("aio-max-nr", rules.AIO, machine.aio),
    Check("clock", rules.CLOCK, clock.synchronized),
    Check("hops", rules.HOPS, running.hops),
    Check("clocks of the hops", rules.CLOCK, clock.skew),
    Check("tables", rules.SCHEMA, running.schema),
    Check("versions", rules.VERSIONS, running.versions),
    Check("queues", rules.QUEUE, running.queues),
    Check("losses", rules.COUNTERS, running.counters),
    Check("spans", rules.ARRIVING, running.arriving),
    Check("search", rules.SEARCH, running.search),
    Check("dependency graph", rules.GRAPH, running.graph),
    Check("streams", rules.LETTERS, running.letters),
)


def examine(spec: Path, target: Target | None = None, checks: tuple[Check, ...] = CHECKS) -> Examination:
    """Look at the machine, and at what runs in a spec's folder.

    Args:
        spec: the spec; where there is none, the machine is judged for all defaults.
        target: the one that is meant; the one that runs, or else either, by default.
        checks: what to look at.
    """
    resolved, about_spec = deployments(spec)
    folder = spec.resolve().parent
    lines = [about_spec]
    live: Live | None = None
    try:
        live = _live(folder, resolved, target)
    except Exception as error:  # a deployment that is too broken to be found is a finding
        lines.append(_broken("what runs", rules.HOPS, error))
    meant = live.target if live is not None else target
    subject = Subject(folder, about_spec.finding is None, resolved, meant, live)
    for check in checks:
        try:
            for line in check.look(subject):  # one by one: what a check said before it broke stays
                lines.append(line)
        except Exception as error:
            lines.append(_broken(check.name, check.rule, error))
    return Examination(str(live.target) if live is not None else "", lines)


def _live(folder: Path, resolved: dict[Target, Deployment], target: Target | None) -> Live | None:
    if target is not COMPOSE:
        from kit.operate.native.status import status

        home = Home.of(folder)
        now = status(home)
        if now is not None:
            return NativeRun(home, now, resolved[NATIVE])
    if target is not NATIVE:
        containers = docker.containers(folder)
        if containers:
            return ComposeRun(folder, containers, resolved[COMPOSE])
    return None


def _broken(name: str, rule: Rule, error: Exception) -> Line:
    if isinstance(error, KitError):
        return Looked(name, rule).fail(error.message, error.hint)
    looked = Looked(name, rules.CHECK, "the check comes to an end")
    return looked.fail(f"the check itself broke: {type(error).__name__}: {error}")
