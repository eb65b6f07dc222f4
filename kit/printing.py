"""Print a verb's answer in the form of `--output`: text or JSON.

An answer is a frozen dataclass in the module that computes it. Its docstring describes the answer. Each field has a
description with its unit: `took_ns: Annotated[int, "time of the call, ns"]`. The JSON answer has the fields of the
dataclass, and `kit.answers` generates its JSON Schema from them. Five rules:

- A field with a default is optional: it is omitted if it has that value.
- A time in nanoseconds, `…_ns`, is written as a whole number.
- A field whose name is a Python keyword ends with an underscore, which JSON omits.
- Bytes are written as base64.
- NaN and the infinities, which JSON has no number for, are written as text.
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
    """Answer of a verb.

    Attributes:
        KIND: Name of the kind in JSON, such as `traces.endpoints`.

    A class has a `VERSION` if it is not version 1 of its kind. The version is raised when a field is renamed, removed
    or gets another meaning, not when a field is added.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    KIND: ClassVar[str]


def show(answer: Answer, output: Output, lines: Iterable[str]) -> None:
    """Print an answer to stdout.

    Args:
        answer: Answer of the verb.
        output: Output form.
        lines: Answer as text. A generator is not consumed for another form.
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
    """Print findings as text, JSON or GitHub workflow commands; see `show`."""
    if output is FindingsOutput.GITHUB:
        from findings.formats import github

        for one in findings:
            terminal.data(github(one))
        return
    show(answer, Output(output), lines)


def version_of(answer: type[Answer]) -> int:
    """Return the version of an answer's kind."""
    return int(getattr(answer, "VERSION", 1))


def plain(value: Any) -> Any:
    """Convert a value to JSON types: dictionaries, lists, text and numbers."""
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
