"""Text of a spec ⇒ `Spec`, or an error with every mistake in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from generator.spec import source
from generator.spec.model import Spec
from generator.spec.places import SpecText
from generator.spec.problem import Problem, SpecError
from generator.spec.problems import Problems
from generator.spec.record import Record

Relations = Callable[[Spec, SpecText], Iterator[Problem]]
"""Function that yields the problems between two keys, for example two equal ports."""


def read_text(text: str, file: str, shape: type[Spec], relations: Iterable[Relations]) -> Spec:
    """Check the text of a spec.

    Args:
        text: Content of the file.
        file: Name of the file in problems.
        shape: Class of the spec, with the keys of all components.
        relations: Checks of several keys, run once every single key is valid.

    Raises:
        SpecError: With all problems, each with its place.
    """
    report = Problems(file)
    root = source.parse(text, file)
    spec = Record(shape).read(root, "", report)
    if isinstance(spec, Spec):
        for check in relations:
            report.problems += check(spec, SpecText(file, root))
    if report.problems:
        raise SpecError(report.problems)
    assert isinstance(spec, Spec)  # noqa: S101  # INVALID always comes with a problem
    return spec
