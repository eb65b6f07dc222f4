"""Run the checks one after another; a check that crashes does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from findings.rule import Rule
from kit.errors import KitError
from kit.operate.doctor import doctor_rules, machine
from kit.operate.doctor.check import Check
from kit.operate.doctor.line import Examination, Line, Looked
from kit.operate.doctor.running import RUNNING
from kit.operate.doctor.subject import Subject, resolver
from kit.operate.runtime import Runtime
from kit.operate.runtimes import on_this_machine, runtimes

_MACHINE = (
    Check("Python", doctor_rules.PYTHON, machine.python),
    Check("CPU", doctor_rules.CPU, machine.cpu),
    Check("memory", doctor_rules.MEMORY, machine.memory),
    Check("disk", doctor_rules.DISK, machine.disk),
    Check("ports", doctor_rules.PORTS, machine.ports),
)


def checks(meant: Sequence[Runtime]) -> list[Check]:
    """Return all checks: those of any machine, those that the runtimes add, those of a running deployment."""
    added = [check for runtime in meant for check in runtime.machine_checks()]
    return [*_MACHINE, *added, *RUNNING]


def examine(
    spec: Path,
    target: str | None = None,
    choose: Callable[[Sequence[Check]], Sequence[Check]] = lambda known: known,
) -> Examination:
    """Check the machine, and the deployment that runs in a spec's folder.

    Args:
        spec: Path of the spec. If the file is missing, a deployment with all defaults is assumed.
        target: Target to check. By default the running one, or all if none runs.
        choose: Selects the checks to run from all checks.
    """
    resolve, about_spec = resolver(spec)
    lines = [about_spec]
    known = runtimes(spec.resolve(), resolve)
    meant = [runtime for runtime in known if target in (None, runtime.name)]
    live: Runtime | None = None
    try:
        live = next((runtime for runtime in meant if runtime.runs()), None)
    except Exception as error:  # a deployment that is too broken to be detected is a finding, too
        lines.append(_broken("what runs", doctor_rules.HOPS, error))
    lines[:0] = _unsupervised(live)
    subject = Subject(
        spec.resolve().parent, known, [live] if live else meant, live, on_this_machine(spec, resolve)
    )
    for check in choose(checks(subject.meant)):
        try:
            for line in check.look(subject):  # one by one: lines from before a crash are kept
                lines.append(line)
        except Exception as error:
            lines.append(_broken(check.name, check.rule, error))
    return Examination(live.name if live is not None else "", lines)


def _unsupervised(live: Runtime | None) -> list[Line]:
    """Return a failure if the supervisor is gone. It comes first, because other failures follow from it."""
    found = live.unsupervised() if live is not None else ""
    looked = Looked("supervisor", doctor_rules.HOPS, "restarts stopped components")
    return [looked.fail(found, "kit up")] if found else []


def _broken(name: str, rule: Rule, error: Exception) -> Line:
    if isinstance(error, KitError):
        return Looked(name, rule).fail(error.message, error.hint)
    looked = Looked(name, doctor_rules.CHECK, "the check completes")
    return looked.fail(f"the check itself crashed: {type(error).__name__}: {error}")
