"""The text of a spec ⇒ `Spec`, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from generator.spec import source
from generator.spec.model import Spec
from generator.spec.places import SpecText
from generator.spec.problem import Problem, SpecError
from generator.spec.problems import Problems
from generator.spec.record import Record

Relations = Callable[[Spec, SpecText], Iterator[Problem]]
"""Finds the mistakes that lie between two keys."""


def read_text(text: str, file: str, shape: type[Spec], relations: Iterable[Relations]) -> Spec:
    """Check the text of a spec.

    Args:
        text: What the file holds.
        file: Its name in problems.
        shape: The class that the components' keys make.
        relations: What is checked once every single key is right.

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
