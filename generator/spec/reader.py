"""A spec file ⇒ `Spec`, or every mistake in it at once."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import yaml

from generator.spec import source
from generator.spec.containers import entries_of
from generator.spec.model import Spec
from generator.spec.problem import SpecError
from generator.spec.relations import relations
from generator.spec.report import INVALID, Report, found, nearest


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
    report = Report(file)
    root = source.parse(text, file)
    spec = _read_section(Spec, root, "", report)
    if isinstance(spec, Spec):
        for problem in relations(spec, root):
            report.add(*problem)
    if report.problems:
        raise SpecError(report.problems)
    assert isinstance(spec, Spec)  # noqa: S101  # INVALID always comes with a problem
    return spec


def _read_section(section: type, node: yaml.Node, path: str, report: Report) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return report.add(node, path, found(node), "keys and values", "`kit init --stdout` shows all keys")
    known = {item.name: item for item in fields(section)}
    values: dict[str, Any] = {}
    for name, child, key in entries_of(node, path, report):
        here = f"{path}.{name}" if path else name
        if name not in known:
            near = nearest(name, list(known)) or nearest(name.replace("-", "_"), list(known))
            expected = "one of " + ", ".join(known)
            report.add(key, here, f"`{name}` is not a key of {path or 'a spec'}", expected,
                       f"did you mean `{near}`?" if near else "remove it")  # fmt: skip
            continue
        metadata = known[name].metadata
        if "section" in metadata:
            values[name] = _read_section(metadata["section"], child, here, report)
        else:
            values[name] = metadata["kind"].read(child, here, report)
    for name, item in known.items():
        if item.default is MISSING and item.default_factory is MISSING and name not in values:
            example = "spec: 1" if name == "spec" else f"{name}: …"
            report.add(node, name, "missing", item.metadata["doc"], f"add `{example}`")
            values[name] = INVALID
    return INVALID if any(value is INVALID for value in values.values()) else section(**values)
