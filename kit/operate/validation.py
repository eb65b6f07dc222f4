"""The rules, put to the deployment in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from findings import formats
from findings.finding import Finding, errors, in_order
from findings.rule import Severity
from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.kit_yaml import parse_spec
from generator.render import render_files
from generator.resolve import resolve
from generator.rules import config_keys, examine, layer
from generator.rules.scene import Scene
from generator.rules.text import ConfigText
from generator.spec import source
from generator.spec.problem import SpecError
from generator.targets import target_named
from generator.tree.changes import FileState, changes
from kit.errors import UserError
from kit.operate.overrides import read_overrides
from kit.operate.own_check.programs import own_check


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found in a deployment.

    Attributes:
        findings: errors first.
        not_checked: a line for each thing that no rule understands, and for each program that was not asked.
    """

    findings: list[Finding]
    not_checked: list[str]


def validate(spec: Path, target: str) -> Validation:
    """What the rules find, and what the collector and Jaeger themselves refuse.

    Raises:
        TreeError: rendered files can't be read.
    """
    found, scene = _examined(spec, target)
    if scene is None:
        return Validation(found, [])
    own = own_check(scene, found)
    unknown = [f"{place}: not checked: {text}" for place, text in config_keys.not_checked(scene)]
    return Validation(in_order([*found, *own.findings]), [*unknown, *own.left_out])


def check(spec: Path, target: str) -> list[Finding]:
    """What the rules find: in the spec, in the override layer, in what is rendered and what was edited by hand.

    Raises:
        TreeError: rendered files can't be read.
    """
    return _examined(spec, target)[0]


def _examined(spec: Path, target: str) -> tuple[list[Finding], Scene | None]:
    """The findings of the rules, and what they looked at; None when the spec can't be read."""
    overrides, wrong = read_overrides(spec.parent)
    unreadable = list(layer.unreadable(layer.OVERRIDE_READS, wrong))
    try:
        text = source.read(spec)
        read = parse_spec(text, str(spec))
    except SpecError as error:
        return in_order([*layer.unreadable(layer.SPEC_READS, error.problems), *unreadable]), None
    deployment = resolve(read, target_named(target), PurePosixPath(spec.resolve().parent), overrides)
    files = render_files(deployment)
    folder = "" if spec.parent == Path() else str(spec.parent)
    on_disk = _edited(spec.parent, files) if deployment.platform.beside_spec else {}
    scene = Scene(read, ConfigText(str(spec), text), deployment, files, on_disk, folder)
    return in_order([*unreadable, *examine(scene)]), scene


def refuse_errors(spec: Path, deployment: Deployment) -> None:
    """Stop before a start that would fail.

    Raises:
        UserError: rules of severity error are broken; the message holds the findings.
    """
    validation = validate(spec, deployment.platform.target)
    found = [one for one in validation.findings if one.how_bad is Severity.ERROR]
    if found:
        raise UserError(
            "\n".join(told(found)),
            hint=f"{formats.summary(found)}; nothing was started. `kit explain {found[0].rule.id}` tells why; "
            "what is right here all the same can be silenced: validate.silence in kit.yaml",
        )


def told(findings: Iterable[Finding]) -> list[str]:
    """The lines for a person."""
    return [line for finding in findings for line in formats.text(finding)]


def failed(findings: list[Finding], *, strict: bool) -> bool:
    """Whether findings are a failure: errors, and warnings where they count."""
    return bool(findings) if strict else errors(findings) > 0


def _edited(root: Path, files: FileSet) -> dict[str, str]:
    edited = {
        c.path: c.before for c in changes(root, files) if c.state is FileState.EDITED and c.before is not None
    }
    return {path: data.decode("utf-8", "replace") for path, data in edited.items()}
