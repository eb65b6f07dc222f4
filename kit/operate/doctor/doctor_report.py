"""Print the doctor's result, for people or for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from findings.document import FindingDocument, document
from kit.operate.doctor.line import Examination, Line, Outcome
from kit.printing import show
from kit.terminal import Output, coloured, dim, say

_COLOURS = {Outcome.PASS: "32", Outcome.WARN: "33;1", Outcome.FAIL: "31;1"}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """Result of one check."""

    check: Annotated[str, "what was checked"]
    outcome: Annotated[Outcome, "its result"]
    found: Annotated[str, "actual state"]
    needed: Annotated[str, "expected state, possibly empty"]
    next: Annotated[str, "the next step, empty if the check passed"]
    finding: Annotated[FindingDocument | None, "the broken rule, null if the check passed"]


@dataclass(frozen=True, slots=True)
class DoctorAnswer:
    """Result of all checks of this machine and this deployment."""

    KIND: ClassVar = "doctor"

    ok: Annotated[bool, "whether no check failed"]
    running: Annotated[str, "target that runs here: native, compose, or empty if none"]
    failed: Annotated[int, "number of failed checks"]
    warned: Annotated[int, "number of checks with a warning"]
    checks: Annotated[list[CheckRow], "all checks"]


def report(examination: Examination, output: Output) -> None:
    """Print every line, then the totals."""
    answer = DoctorAnswer(
        ok=not examination.failed,
        running=examination.running,
        failed=examination.failed,
        warned=examination.warned,
        checks=[_check(line) for line in examination.lines],
    )
    show(answer, output, _lines(examination))


def _lines(examination: Examination) -> Iterator[str]:
    lines = examination.lines
    width = max(len(line.check) for line in lines)
    for line in lines:
        yield from _lines_of(line, width)
    said = [
        f"{count} {word}"
        for count, word in ((examination.failed, "failed"), (examination.warned, "warned"))
        if count
    ]
    passed = len(lines) - examination.failed - examination.warned
    say(", ".join([f"{passed} of {len(lines)} checks passed", *said]))


def _lines_of(line: Line, width: int) -> Iterator[str]:
    mark = f"{line.outcome:<4}"
    if coloured(sys.stdout):
        mark = f"\x1b[{_COLOURS[line.outcome]}m{mark}\x1b[0m"
    first, *rest = line.found.splitlines() or [""]
    yield f"{mark}  {line.check:<{width}}  {first}"
    for more in rest:
        yield f"{'':<4}  {'':<{width}}  {more}"
    if line.finding is None:
        return
    indent = f"{'':<4}  {'':<{width}}  "
    if line.needed:
        yield f"{indent}needed: {line.needed}"
    if line.next_step:
        yield f"{indent}next: {line.next_step}"
    yield dim(f"{indent}{line.finding.rule.id}: {line.finding.rule.title}", sys.stdout)


def _check(line: Line) -> CheckRow:
    return CheckRow(
        check=line.check,
        outcome=line.outcome,
        found=line.found,
        needed=line.needed,
        next=line.next_step,
        finding=document(line.finding) if line.finding else None,
    )
