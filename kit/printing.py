"""Prints a verb's answer as `--output` asks: as lines for a person, or as JSON for a program.

An answer is a frozen dataclass beside the question that it answers. Its docstring says what it answers, and each field
says what it is, with its unit: `took_ns: Annotated[int, "time of the call, ns"]`. The JSON answer is the dataclass,
field by field, and `kit.answers` makes its JSON Schema of the same fields. Five rules:

- A field with a default is optional: it is left out while it has that value.
- A time in nanoseconds, `…_ns`, is written as a whole number.
- A field that is named like a keyword of Python has an underscore at its end, which JSON has not.
- Bytes are written as base64.
- What JSON has no number for, NaN and the infinities, is written as text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from kit import terminal
from kit.terminal import FindingsOutput, Output

if TYPE_CHECKING:
    from findings.finding import Finding


class Answer(Protocol):
    """What a verb answers.

    Attributes:
        KIND: Its name in JSON, such as `traces.endpoints`.

    A class that is not version 1 of its kind has a `VERSION`. It goes up when a field is renamed, removed or means
    something else; not when one is added.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    KIND: ClassVar[str]


def show(answer: Answer, output: Output, lines: Iterable[str]) -> None:
    """Print an answer to stdout.

    Args:
        answer: What the verb found.
        output: The form to print it in.
        lines: The answer for a person; a generator is not run for another form.
    """
    if output is Output.JSON:
        terminal.data(
            terminal.as_json({"kind": answer.KIND, "version": version_of(type(answer)), **plain(answer)})
        )
        return
    for line in lines:
        terminal.data(line)


def show_findings(
    answer: Answer, output: FindingsOutput, findings: Iterable[Finding], lines: Iterable[str]
) -> None:
    """Print findings, also as workflow commands of GitHub; see `show`."""
    if output is FindingsOutput.GITHUB:
        from findings.formats import github

        for one in findings:
            terminal.data(github(one))
        return
    show(answer, Output(output), lines)


def version_of(answer: type[Answer]) -> int:
    """The version of an answer's kind."""
    return int(getattr(answer, "VERSION", 1))


def plain(value: Any) -> Any:
    """A value as JSON has it: dictionaries, lists, text and numbers."""
    if is_dataclass(value):
        return {
            field.name.removesuffix("_"): _plain_field(field.name, one)
            for field in fields(value)
            if (one := getattr(value, field.name)) != field.default
        }
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.value if isinstance(value, Enum) else value


def _plain_field(name: str, value: Any) -> Any:
    return round(value) if name.endswith("_ns") and isinstance(value, float) else plain(value)
