"""A deployment from pieces of the files that a person edits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from findings.finding import Finding, in_order
from generator.kit_yaml import parse_spec
from generator.overrides import COLLECTOR_OVERRIDE, COMPOSE_OVERRIDE, UI_OVERRIDE, Overrides
from generator.overrides.parse import problems
from generator.render import render_files
from generator.resolve import resolve
from generator.rules import examine, layer
from generator.rules.scene import Scene
from generator.rules.text import ConfigText
from generator.spec.problem import SpecError
from generator.target import Target
from generator.targets import COMPOSE

HEAD = "spec: 1\nname: shop\n"
_EDITED = ", edited by hand"


def findings(pieces: Mapping[str, str], target: Target = COMPOSE) -> list[Finding]:
    """What `kit validate` finds in these files."""
    text = HEAD + pieces.get("kit.yaml", "")
    overrides = Overrides(
        pieces.get(COMPOSE_OVERRIDE, ""), pieces.get(COLLECTOR_OVERRIDE, ""), pieces.get(UI_OVERRIDE, "")
    )
    wrong = [one for of_file in problems(overrides).values() for one in of_file]
    if wrong:
        return in_order(layer.unreadable(layer.OVERRIDE_READS, wrong))
    try:
        return examine(scene(text, overrides, pieces, target))
    except SpecError as error:
        return in_order(layer.unreadable(layer.SPEC_READS, error.problems))


def scene(
    text: str, overrides: Overrides, pieces: Mapping[str, str] | None = None, target: Target = COMPOSE
) -> Scene:
    """A scene; pieces marked as edited by hand are applied to what is rendered."""
    spec = parse_spec(text)
    deployment = resolve(spec, target, PurePosixPath("/srv/shop"), overrides)
    files = render_files(deployment)
    on_disk: dict[str, str] = {}
    for name, piece in (pieces or {}).items():
        if name.endswith(_EDITED):
            file = name.removesuffix(_EDITED)
            on_disk[file] = edited(files[file], piece)
    return Scene(spec, ConfigText("kit.yaml", text), deployment, files, on_disk)


def edited(text: str, piece: str) -> str:
    """A text after the replacements of a piece: lines with `-`, then with `+`."""
    old = "\n".join(line[1:] for line in piece.splitlines() if line.startswith("-"))
    new = "\n".join(line[1:] for line in piece.splitlines() if line.startswith("+"))
    assert old in text, f"{old!r} is not rendered"
    return text.replace(old, new)
