"""What is wrong with a spec, said so that a person can mend it at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a spec.

    Attributes:
        file: the file as the user named it.
        line: counted from 1; 0 when the mistake has no place in the text.
        column: counted from 1.
        path: the key, with dots (`storage.retention`); empty for the document itself.
        found: what stands there.
        expected: what could stand there.
        fix: the next step.
    """

    file: str
    line: int
    column: int
    path: str
    found: str
    expected: str
    fix: str = ""

    @property
    def place(self) -> str:
        """`file:line:column`, as editors and terminals link it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.path + ': ' if self.path else ''}{self.found}"]
        if self.expected:
            lines.append(f"    expected: {self.expected}")
        if self.fix:
            lines.append(f"    fix: {self.fix}")
        return "\n".join(lines)


class SpecError(Exception):
    """A spec that can't be used; `problems` holds every mistake, in the order of the file."""

    where = "the spec"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.line, p.column))
        super().__init__("\n".join(str(problem) for problem in self.problems))
