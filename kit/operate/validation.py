"""Run the rules on the deployment in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from findings import formats
from findings.finding import Finding, Place, errors, in_order
from findings.rule import Severity
from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.kit_yaml import parse_spec
from generator.overrides import COLLECTOR_OVERRIDE
from generator.render import render_files
from generator.resolve import resolve
from generator.rules import config_keys, examine, layer
from generator.rules.scene import Scene
from generator.rules.text import ConfigText
from generator.spec import source
from generator.spec.problem import SpecError
from generator.targets import target_named
from generator.targets.compose import COMPOSE_FILE
from generator.tree.changes import FileState, changes
from generator.tree.lock import LOCK_FILE
from kit.errors import MachineError, UserError
from kit.image.context import context_of
from kit.operate.compose.files import unread
from kit.operate.overrides import read_overrides
from kit.operate.own_check.programs import own_check
from kit.operate.rendering import compared


@dataclass(frozen=True, slots=True)
class Validation:
    """Result of a validation.

    Attributes:
        findings: Findings, errors first.
        not_checked: A line for each key that no rule knows, and for each program whose own check did not run.
    """

    findings: list[Finding]
    not_checked: list[str]


def validate(spec: Path, target: str) -> Validation:
    """Run the rules and the own checks of the collector and Jaeger.

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
    """Run the rules on the spec, the overrides, the rendered files and hand-edited files.

    Raises:
        TreeError: rendered files can't be read.
    """
    return _examined(spec, target)[0]


def _examined(spec: Path, target: str) -> tuple[list[Finding], Scene | None]:
    """Return the findings of the rules, and the scene that they examined; None if the spec can't be read."""
    overrides, wrong = read_overrides(spec.parent)
    unreadable = list(layer.unreadable(layer.OVERRIDE_READS, wrong))
    try:
        text = source.read(spec)
        read = parse_spec(text, str(spec))
    except SpecError as error:
        return in_order([*layer.unreadable(layer.SPEC_READS, error.problems), *unreadable]), None
    root = spec.resolve().parent
    deployment = resolve(read, target_named(target), PurePosixPath(root), overrides, context_of(root))
    files = render_files(deployment)
    folder = "" if spec.parent == Path() else str(spec.parent)
    on_disk = _edited(spec.parent, files) if deployment.platform.beside_spec else {}
    scene = Scene(read, ConfigText(str(spec), text), deployment, files, on_disk, folder)
    beside: list[Finding] = []
    if deployment.platform.beside_spec:
        beside += layer.unreadable(layer.COMPOSE_READS, unread(spec.parent))
        if not wrong:
            beside += _not_rendered_yet(spec, deployment, files)
    return in_order([*unreadable, *examine(scene, beside)]), scene


def refuse_errors(spec: Path, deployment: Deployment) -> None:
    """Refuse a start that would fail.

    Raises:
        UserError: there are findings of severity error; the message holds them.
    """
    validation = validate(spec, deployment.platform.target)
    found = [one for one in validation.findings if one.how_bad is Severity.ERROR]
    if found:
        raise UserError(
            "\n".join(told(found)),
            hint=f"{formats.summary(found)}; nothing was started. For the reason: kit explain {found[0].rule.id}. "
            "If this is intended, silence the rule with validate.silence in kit.yaml",
        )


def told(findings: Iterable[Finding]) -> list[str]:
    """Return the findings as lines of text."""
    return [line for finding in findings for line in formats.text(finding)]


def failed(findings: list[Finding], *, strict: bool) -> bool:
    """Whether the findings are a failure: any error, and with `strict` any finding."""
    return bool(findings) if strict else errors(findings) > 0


def _not_rendered_yet(spec: Path, deployment: Deployment, files: FileSet) -> Iterator[Finding]:
    """Yield a finding for the files that `kit generate` would write."""
    if not (spec.parent / LOCK_FILE).is_file():
        return
    try:
        found = [
            one.path
            for one in compared(deployment, files, spec.parent)
            if one.state not in (FileState.SAME, FileState.EDITED) and one.path != LOCK_FILE
        ]
    except (UserError, MachineError):
        return  # reported elsewhere, or not relevant here
    if not found:
        return
    over = spec.parent / COLLECTOR_OVERRIDE
    compose = spec.parent / COMPOSE_FILE
    text = compose.read_text(encoding="utf-8", errors="replace") if compose.is_file() else ""
    if deployment.overrides.collector and COLLECTOR_OVERRIDE not in text:
        why = f"{COMPOSE_FILE} does not load this file: it was rendered before the file existed"
        yield layer.out_of_date(found, Place(str(over), 1, 1), why)
    elif not deployment.overrides.collector and COLLECTOR_OVERRIDE in text:
        why = f"{COMPOSE_FILE} still loads {COLLECTOR_OVERRIDE}, which no longer exists"
        yield layer.out_of_date(found, Place(str(spec), 1, 1), why)
    else:
        yield layer.out_of_date(found, Place(str(spec), 1, 1))


def _edited(root: Path, files: FileSet) -> dict[str, str]:
    edited = {
        c.path: c.before for c in changes(root, files) if c.state is FileState.EDITED and c.before is not None
    }
    return {path: data.decode("utf-8", "replace") for path, data in edited.items()}
