"""The rules about reading: the spec, the override layer, what was edited by hand, and what is silenced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from findings.finding import Finding, Place
from findings.pages import written
from findings.rule import Rule, neighbours
from generator.rules.scene import Scene
from generator.spec.problem import Problem
from generator.spec.sections.validate import VALIDATE

SPEC_READS = "KIT001"
OVERRIDE_READS = "KIT002"
EDITED = "KIT003"
SILENCE_KNOWN = "KIT004"
SILENCE_USED = "KIT005"
COMPOSE_READS = "KIT153"
RENDERED_NOW = "KIT154"
OF_THE_FOLDER = (COMPOSE_READS, RENDERED_NOW)
IDS = (SPEC_READS, OVERRIDE_READS, EDITED, SILENCE_KNOWN, SILENCE_USED, *OF_THE_FOLDER)


def rule(id_: str) -> Rule:
    """One of these rules."""
    return written(id_, __name__)


def unreadable(id_: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    """What can't be read, as findings."""
    for one in problems:
        place = Place(one.file, one.line, one.column)
        yield Finding(
            rule(id_), found=one.found, expected=one.expected, fix=one.fix, place=place, path=one.path
        )


def out_of_date(files: Iterable[str], place: Place, why: str = "") -> Finding:
    """A finding about rendered files that are not what would be rendered now.

    Args:
        files: their names.
        place: what they do not hold yet.
        why: what is missing, where it is known; empty otherwise.
    """
    listed = ", ".join(files)
    found = why or f"not rendered yet: {listed}"
    return Finding(rule(RENDERED_NOW), found=found, expected=f"`kit generate` renders {listed}", place=place)


def edited(scene: Scene) -> Iterator[Finding]:
    """The rendered files that were edited by hand."""
    for file in sorted(scene.on_disk):
        before = scene.files[file].splitlines() if file in scene.files else []
        after = scene.on_disk[file].splitlines()
        differing = (
            number for number, line in enumerate(after, 1) if line not in before[number - 1 : number]
        )
        place = Place(scene.named(file), next(differing, len(after)))
        yield Finding(
            rule(EDITED), found="edited by hand", expected="what `kit generate` renders", place=place
        )


def silenced(findings: Iterable[Finding], scene: Scene, known: Iterable[str]) -> Iterator[Finding]:
    """The findings whose rule is not silenced, and what is wrong with the silences."""
    entries = scene.spec[VALIDATE].silence
    ids = {entry.rule for entry in entries}
    used = set()
    for finding in findings:
        if finding.rule.id in ids:
            used.add(finding.rule.id)
        else:
            yield finding
    known = sorted(known)
    for index, entry in enumerate(entries):
        path = ("validate", "silence", index, "rule")
        place, shown = scene.spec_text.place(path), f"validate.silence[{index}].rule"
        if entry.rule not in known:
            fix = f"did you mean {' or '.join(neighbours(entry.rule, known))}? `kit explain` lists the rules"
            yield Finding(
                rule(SILENCE_KNOWN),
                found=f"{entry.rule} is no rule that can be silenced",
                expected="a rule of `kit validate`",
                fix=fix,
                place=place,
                path=shown,
            )
        elif entry.rule not in used:
            yield Finding(
                rule(SILENCE_USED),
                found=f"{entry.rule}, which nothing here breaks",
                expected="no entry for it",
                place=place,
                path=shown,
            )
