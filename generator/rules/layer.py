"""The rules about reading: the spec, the override layer, what was edited by hand, and what is silenced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from findings.finding import Finding, Place
from findings.rule import Rule, Severity, neighbours
from generator.rules.example import tidy
from generator.rules.scene import Scene
from generator.spec.problem import Problem

SPEC_READS = Rule(
    "KIT001",
    "the spec can be read",
    Severity.ERROR,
    reason="Nothing can be rendered from it.",
    source="`kit init --json-schema`: the spec's own schema",
    fix="`kit init --stdout` shows every key with its default",
    bad=tidy("storage: {retention: 7}"),
    good=tidy("storage: {retention: 7d}"),
)
OVERRIDE_READS = Rule(
    "KIT002",
    "a file of the override layer can be read",
    Severity.ERROR,
    reason="Compose or the collector refuses it when it starts.",
    source="Compose specification; opentelemetry.io, Collector configuration",
    fix="look at the lines around it",
    bad=tidy("# overrides/collector.yaml\nexporter:\n  debug: {}\n"),
    good=tidy(
        "# overrides/collector.yaml\nexporters:\n  debug: {}\nservice:\n  pipelines:\n    traces:\n"
        "      exporters: [otlp_http/jaeger, debug]\n"
    ),
)
EDITED = Rule(
    "KIT003",
    "a rendered file is as it was rendered",
    Severity.WARNING,
    reason="`kit generate` stops at it, and with --force the edit is gone.",
    source="`kit generate --diff` shows the edit",
    fix="say it in kit.yaml, or in a file of the override layer: the kit never writes those",
    bad=tidy("# jaeger/config.yaml, edited by hand\n-level: detailed\n+level: normal\n"),
    good=tidy("# overrides/collector.yaml\nservice:\n  telemetry:\n    metrics:\n      level: normal\n"),
)
SILENCE_KNOWN = Rule(
    "KIT004",
    "a rule that is silenced is one of `kit validate`",
    Severity.WARNING,
    reason="It silences nothing: the rule you meant still speaks, or the id will mean another rule one day.",
    source="`kit explain` lists the rules",
    fix="mend the id, or remove the entry",
    bad=tidy("validate:\n  silence:\n    - {rule: KIT099, reason: the id of nothing}\n"),
    good=tidy(
        "storage: {indexed_tags: [coupon.campaign]}\n"
        "validate:\n  silence:\n    - {rule: KIT034, reason: nobody searches for errors here}\n"
    ),
)
SILENCE_USED = Rule(
    "KIT005",
    "a rule that is silenced is broken somewhere",
    Severity.WARNING,
    reason="The entry hides the next mistake of that kind, and its reason no longer holds.",
    source="this deployment: nothing breaks the rule",
    fix="remove the entry",
    bad=tidy("validate:\n  silence:\n    - {rule: KIT034, reason: errors are not searched for}\n"),
    good=tidy(
        "storage: {indexed_tags: [coupon.campaign]}\n"
        "validate:\n  silence:\n    - {rule: KIT034, reason: errors are not searched for}\n"
    ),
)
RULES = (SPEC_READS, OVERRIDE_READS, EDITED, SILENCE_KNOWN, SILENCE_USED)


def unreadable(rule: Rule, problems: Iterable[Problem]) -> Iterator[Finding]:
    """What can't be read, as findings."""
    for one in problems:
        place = Place(one.file, one.line, one.column)
        yield Finding(rule, found=one.found, expected=one.expected, fix=one.fix, place=place, path=one.path)


def edited(scene: Scene) -> Iterator[Finding]:
    """The rendered files that were edited by hand."""
    for file in sorted(scene.on_disk):
        before = scene.files[file].splitlines() if file in scene.files else []
        after = scene.on_disk[file].splitlines()
        differing = (
            number for number, line in enumerate(after, 1) if line not in before[number - 1 : number]
        )
        place = Place(scene.named(file), next(differing, len(after)))
        yield Finding(EDITED, found="edited by hand", expected="what `kit generate` renders", place=place)


def silenced(findings: Iterable[Finding], scene: Scene, known: Iterable[str]) -> Iterator[Finding]:
    """The findings whose rule is not silenced, and what is wrong with the silences."""
    entries = scene.spec.validate.silence
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
                SILENCE_KNOWN,
                found=f"{entry.rule} is no rule that can be silenced",
                expected="a rule of `kit validate`",
                fix=fix,
                place=place,
                path=shown,
            )
        elif entry.rule not in used:
            yield Finding(
                SILENCE_USED,
                found=f"{entry.rule}, which nothing here breaks",
                expected="no entry for it",
                place=place,
                path=shown,
            )
