"""Rules about files: the spec, the override layer, files edited by hand, and silenced rules."""

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
    """Return one of these rules with its texts."""
    return written(id_, __name__)


def unreadable(id_: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Turn problems of a file that can't be read into findings."""
    for one in problems:
        place = Place(one.file, one.line, one.column)
        yield Finding(
            rule(id_), found=one.found, expected=one.expected, fix=one.fix, place=place, path=one.path
        )


def out_of_date(files: Iterable[str], place: Place, why: str = "") -> Finding:
    """Return a finding about rendered files that are out of date.

    Args:
        files: names of the files.
        place: the change that is not rendered yet.
        why: description of the missing part; empty if unknown.
    """
    listed = ", ".join(files)
    found = why or f"not rendered yet: {listed}"
    return Finding(rule(RENDERED_NOW), found=found, expected=f"`kit generate` renders {listed}", place=place)


def edited(scene: Scene) -> Iterator[Finding]:
    """Yield a finding for each rendered file that was edited by hand."""
    for file in sorted(scene.on_disk):
        before = scene.files[file].splitlines() if file in scene.files else []
        after = scene.on_disk[file].splitlines()
        differing = (
            number for number, line in enumerate(after, 1) if line not in before[number - 1 : number]
        )
        place = Place(scene.named(file), next(differing, len(after)))
        yield Finding(
            rule(EDITED),
            found="edited by hand",
            expected="the file as `kit generate` renders it",
            place=place,
        )


def silenced(findings: Iterable[Finding], scene: Scene, known: Iterable[str]) -> Iterator[Finding]:
    """Yield the findings whose rule is not silenced, and a finding for each wrong entry of `validate.silence`."""
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
                found=f"{entry.rule} is not a rule that can be silenced",
                expected="a rule of `kit validate`",
                fix=fix,
                place=place,
                path=shown,
            )
        elif entry.rule not in used:
            yield Finding(
                rule(SILENCE_USED),
                found=f"{entry.rule}, but nothing here breaks this rule",
                expected="no entry for this rule",
                place=place,
                path=shown,
            )
