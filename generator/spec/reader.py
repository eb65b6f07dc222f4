"""A spec file ⇒ `Spec`, or every mistake in it at once."""

from __future__ import annotations

from pathlib import Path

import yaml

from generator.spec import source
from generator.spec.model import Spec
from generator.spec.problem import SpecError
from generator.spec.record import Record
from generator.spec.relations import relations
from generator.spec.relations_of_collector import relations_of_collector
from generator.spec.relations_of_services import relations_of_services
from generator.spec.report import Report


def read_spec(path: Path) -> Spec:
    """Read and check a spec.

    Raises:
        SpecError: with all problems, each with its place.
    """
    return parse_spec(source.read(path), str(path))


def parse_spec(text: str, file: str = "kit.yaml") -> Spec:
    """Check the text of a spec; `file` is only named in problems.

    Raises:
        SpecError: with all problems, each with its place.
    """
    return parse_with_nodes(text, file)[0]


def parse_with_nodes(text: str, file: str = "kit.yaml") -> tuple[Spec, yaml.MappingNode]:
    """The spec, and the YAML nodes that know where each of its keys stands.

    Raises:
        SpecError: with all problems, each with its place.
    """
    report = Report(file)
    root = source.parse(text, file)
    spec = Record(Spec).read(root, "", report)
    if isinstance(spec, Spec):
        for check in (relations, relations_of_services, relations_of_collector):
            for problem in check(spec, root):
                report.add(*problem)
    if report.problems:
        raise SpecError(report.problems)
    assert isinstance(spec, Spec)  # noqa: S101  # INVALID always comes with a problem
    return spec, root
