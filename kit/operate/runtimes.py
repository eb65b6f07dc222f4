"""The runtimes: what runs in a deployment's folder, and what would be started there.

A target names the module that runs it. Nothing else in the kit asks which target it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from generator.deployment.model import Deployment
from generator.target import Target
from generator.targets import COMPOSE, NATIVE, TARGETS, target_named
from kit.errors import MachineError, UserError
from kit.operate.deployment import load
from kit.operate.runtime import Runtime

Resolve = Callable[[Target], Deployment]


def runtimes(spec: Path, resolve: Resolve | None = None) -> list[Runtime]:
    """All of them, in the order in which a folder is searched for what runs: the default one comes last.

    Args:
        spec: the deployment's spec; it is read when a runtime has to know what it says.
        resolve: the deployment for a target; by default what the spec says.
    """
    return [_of(target, spec, resolve) for target in reversed(TARGETS) if target.runtime]


def _of(target: Target, spec: Path, resolve: Resolve | None = None) -> Runtime:
    def resolved() -> Deployment:
        return resolve(target) if resolve is not None else load(spec, target)

    if not target.runtime:
        runs = ", ".join(other.name for other in TARGETS if other.runtime)
        raise UserError(
            f"the target {target} is rendered, and not run by the kit", hint=f"one that is run: {runs}"
        )
    runtime: Runtime = import_module(target.runtime).RUNTIME(spec.parent, resolved)
    return runtime


def runtime_in(spec: Path) -> Runtime | None:
    """What runs in a spec's folder; None when nothing does."""
    return next((runtime for runtime in runtimes(spec) if runtime.runs()), None)


def running(spec: Path) -> Runtime:
    """What runs in a spec's folder.

    Raises:
        MachineError: nothing does.
    """
    runtime = runtime_in(spec)
    if runtime is None and not spec.exists():
        folder = "this folder" if spec.parent == Path() else spec.parent
        raise MachineError(
            f"nothing runs here: there is no {spec.name} in {folder}",
            hint="go to a deployment's folder, or name its spec with --spec; kit init makes a new one",
        )
    if runtime is None:
        raise MachineError("nothing runs here", hint="kit up")
    return runtime


def runtime_for(spec: Path, target: str | None = None) -> Runtime:
    """The runtime of a target; without one that which runs, or the default."""
    return _of(target_named(target), spec) if target is not None else running_first(spec)[0]


def running_first(spec: Path) -> list[Runtime]:
    """All of them: first what runs, else the default."""
    *others, default = runtimes(spec)
    found = next((runtime for runtime in others if runtime.runs()), default)
    return [found, *(runtime for runtime in (default, *others) if runtime is not found)]


def urls_in(spec: Path) -> Mapping[str, str]:
    """The addresses of the deployment in a spec's folder: where it runs, or where it would run as the spec says.

    Raises:
        UserError: there is no deployment.
        SpecError: its spec can't be used.
    """
    *others, default = runtimes(spec)
    found = next((runtime for runtime in others if runtime.runs()), None)
    if found is None and not spec.exists():
        folder = "this folder" if spec.parent == Path() else spec.parent
        raise UserError(
            f"there is no {spec.name} in {folder}, so no Jaeger is known",
            hint="name one: --jaeger http://127.0.0.1:16686, or go to a deployment's folder",
        )
    return (found or default).urls


def with_logs(spec: Path) -> Runtime:
    """What runs in a spec's folder, else the one that keeps its logs when it has stopped."""
    return runtime_in(spec) or _of(NATIVE, spec)


def without_docker(spec: Path) -> Runtime:
    """The one that needs nothing installed: for a first try."""
    return _of(NATIVE, spec)


def on_this_machine(spec: Path, resolve: Resolve | None = None) -> Deployment:
    """What a spec says with paths of this machine: where files of secrets lie, whatever runs."""
    return _of(NATIVE, spec, resolve).deployment


def in_containers(spec: Path) -> Deployment:
    """What a spec says for containers, which have a network of their own."""
    return _of(COMPOSE, spec).deployment
