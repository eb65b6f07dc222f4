"""docs/reference/exit-codes.md: every exit code, read from the command's errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from kit import errors
from kit.cli.funnel import INTERRUPTED
from kit.defect import DEFECT
from reference.markdown import code, generated, table

_OPENING = """After this page you know what each exit code of `kit` means, for scripts and CI.

With exit codes 1, 3 and 5, stdout has the answer, if there is one. With exit codes 2 and 4, it has no answer."""
_OTHERS = {
    0: "Success. There may be warnings.",
    1: "Also: findings of severity `error`, a lost span, a missed objective, an overspent error budget, a slower "
    "comparison, or files that differ from the spec.",
    2: "Also: an unknown verb or option.",
    DEFECT: "A defect of the kit. The kit writes a log file. Please report the defect with that file.",
    INTERRUPTED: "Interrupted, for example by Ctrl-C.",
}


def lines() -> Iterator[str]:
    """Yield the lines of the page."""
    yield from generated("Exit codes", _OPENING)
    told = {error.exit_code: _when(error) for error in errors.KitError.__subclasses__()}
    codes = sorted({*told, *_OTHERS})
    yield from table(
        ("code", "meaning"),
        [(code(it), " ".join(filter(None, (told.get(it), _OTHERS.get(it))))) for it in codes],
    )


def _when(error: type[errors.KitError]) -> str:
    """Return the case in which the error is raised, from its docstring."""
    first = (inspect.getdoc(error) or "").partition("\n")[0].removeprefix("Raised when ")
    return first[:1].upper() + first[1:]
