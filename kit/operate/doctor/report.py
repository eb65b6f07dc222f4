"""What the doctor says, to a person or a program."""

from __future__ import annotations

import sys

from findings.formats import document
from kit.operate.doctor.line import Examination, Line, Outcome
from kit.terminal import Output, answer, coloured, data, dim, say

_COLOURS = {Outcome.PASS: "32", Outcome.WARN: "33;1", Outcome.FAIL: "31;1"}


def report(examination: Examination, output: Output) -> None:
    """Print every line, and a sum."""
    lines = examination.lines
    if output is Output.JSON:
        answer(
            "doctor",
            ok=not examination.failed,
            running=examination.running,
            failed=examination.failed,
            warned=examination.warned,
            checks=[_plain(line) for line in lines],
        )
        return
    width = max(len(line.check) for line in lines)
    for line in lines:
        _tell(line, width)
    said = [
        f"{count} {word}"
        for count, word in ((examination.failed, "failed"), (examination.warned, "warned"))
        if count
    ]
    passed = len(lines) - examination.failed - examination.warned
    say(", ".join([f"{passed} of {len(lines)} checks passed", *said]))


def _tell(line: Line, width: int) -> None:
    mark = f"{line.outcome:<4}"
    if coloured(sys.stdout):
        mark = f"\x1b[{_COLOURS[line.outcome]}m{mark}\x1b[0m"
    first, *rest = line.found.splitlines() or [""]
    data(f"{mark}  {line.check:<{width}}  {first}")
    for more in rest:
        data(f"{'':<4}  {'':<{width}}  {more}")
    if line.finding is None:
        return
    indent = f"{'':<4}  {'':<{width}}  "
    if line.needed:
        data(f"{indent}needed: {line.needed}")
    if line.next_step:
        data(f"{indent}next: {line.next_step}")
    data(dim(f"{indent}{line.finding.rule.id}: {line.finding.rule.title}", sys.stdout))


def _plain(line: Line) -> dict[str, object]:
    return {
        "check": line.check,
        "outcome": str(line.outcome),
        "found": line.found,
        "needed": line.needed,
        "next": line.next_step,
        "finding": document(line.finding) if line.finding else None,
    }
