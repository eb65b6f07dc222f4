"""Problems of a spec, with everything that a person needs to fix them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a spec.

    Attributes:
        file: File as the user named it.
        line: Line, counted from 1; 0 if the mistake has no place in the text.
        column: Column, counted from 1.
        path: Key, with dots (`storage.retention`); empty for the document itself.
        found: Value in the file, as a phrase for the message.
        expected: Valid values, as a phrase for the message.
        fix: Next step for the user.
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
        """`file:line:column`, the form that editors and terminals turn into a link."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.path + ': ' if self.path else ''}{self.found}"]
        if self.expected:
            lines.append(f"    expected: {self.expected}")
        if self.fix:
            lines.append(f"    fix: {self.fix}")
        return "\n".join(lines)


class SpecError(Exception):
    """Raised for an invalid spec; `problems` holds every mistake, in the order of the file."""

    where = "the spec"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.line, p.column))
        super().__init__("\n".join(str(problem) for problem in self.problems))
