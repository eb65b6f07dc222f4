"""Find the runtime of a deployment's folder: the one that runs there, or the one that a start would use.

A target names the module of its runtime. No other code of the kit depends on the target.
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
    """Return all runtimes, in the order in which a folder is searched; the default one comes last.

    Args:
        spec: the deployment's spec; it is read only when a runtime needs it.
        resolve: returns the deployment for a target; by default the resolved spec.
    """
    return [_of(target, spec, resolve) for target in reversed(TARGETS) if target.runtime]


def _of(target: Target, spec: Path, resolve: Resolve | None = None) -> Runtime:
    def resolved() -> Deployment:
        return resolve(target) if resolve is not None else load(spec, target)

    if not target.runtime:
        runs = ", ".join(other.name for other in TARGETS if other.runtime)
        raise UserError(
            f"the kit only renders the target {target} and can't run it", hint=f"targets that it runs: {runs}"
        )
    runtime: Runtime = import_module(target.runtime).RUNTIME(spec.parent, resolved)
    return runtime


def runtime_in(spec: Path) -> Runtime | None:
    """Return the runtime that runs in a spec's folder; None when nothing runs there."""
    return next((runtime for runtime in runtimes(spec) if runtime.runs()), None)


def running(spec: Path) -> Runtime:
    """Return the runtime that runs in a spec's folder.

    Raises:
        MachineError: nothing runs there.
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
    """Return the runtime of a target; without a target the one that runs, else the default."""
    return _of(target_named(target), spec) if target is not None else running_first(spec)[0]


def running_first(spec: Path) -> list[Runtime]:
    """Return all runtimes, the one that runs first, else the default."""
    *others, default = runtimes(spec)
    found = next((runtime for runtime in others if runtime.runs()), default)
    return [found, *(runtime for runtime in (default, *others) if runtime is not found)]


def urls_in(spec: Path) -> Mapping[str, str]:
    """Return the addresses of the deployment in a spec's folder, running or not.

    Raises:
        UserError: there is no deployment.
        SpecError: its spec is invalid.
    """
    *others, default = runtimes(spec)
    found = next((runtime for runtime in others if runtime.runs()), None)
    if found is None and not spec.exists():
        folder = "this folder" if spec.parent == Path() else spec.parent
        raise UserError(
            f"there is no {spec.name} in {folder}, so the address of Jaeger is unknown",
            hint="pass it: --jaeger http://127.0.0.1:16686, or go to a deployment's folder",
        )
    return (found or default).urls


def with_logs(spec: Path) -> Runtime:
    """Return the runtime that runs in a spec's folder, else the native one, whose logs outlive a stop."""
    return runtime_in(spec) or _of(NATIVE, spec)


def without_docker(spec: Path) -> Runtime:
    """Return the native runtime, which needs nothing installed: for a first try."""
    return _of(NATIVE, spec)


def on_this_machine(spec: Path, resolve: Resolve | None = None) -> Deployment:
    """Resolve a spec with paths of this machine, for example of secret files, whichever target runs."""
    return _of(NATIVE, spec, resolve).deployment


def in_containers(spec: Path) -> Deployment:
    """Resolve a spec for containers, which have their own network."""
    return _of(COMPOSE, spec).deployment
