"""Findings as text and as GitHub workflow commands; rules as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from findings.finding import Finding
from findings.rule import Rule


def text(finding: Finding) -> Iterator[str]:
    """Return the lines for a terminal; editors and terminals turn the place in the first one into a link."""
    place = f"{finding.place}: " if finding.place else ""
    path = f"{finding.path}: " if finding.path else ""
    yield f"{place}{finding.how_bad} {finding.rule.id}: {path}{finding.found}"
    if finding.expected:
        yield f"    expected: {finding.expected}"
    if finding.next_step:
        yield f"    fix: {finding.next_step}"
    if finding.shows:
        yield f"    shows in: {finding.shows}"


def github(finding: Finding) -> str:
    """Return a GitHub workflow command, which shows the finding beside its line in a pull request."""
    where = finding.place or finding.shows
    properties = []
    if where:
        properties += [("file", where.file), ("line", str(where.line or 1))]
        properties += [("col", str(where.column))] if where.column else []
    properties.append(("title", f"{finding.rule.id} {finding.rule.title}"))
    path = f"{finding.path}: " if finding.path else ""
    message = f"{path}{finding.found}" + (f"\nexpected: {finding.expected}" if finding.expected else "")
    message += f"\nfix: {finding.next_step}" if finding.next_step else ""
    marks = ",".join(f"{name}={_escape(value, of_property=True)}" for name, value in properties)
    return f"::{finding.how_bad} {marks}::{_escape(message)}"


def story(rule: Rule) -> Iterator[str]:
    """Return the full text about a rule, for `kit explain`."""
    yield f"{rule.id} ({rule.severity}): {rule.title}"
    for heading, said in (("why", rule.reason), ("source", rule.source), ("fix", rule.fix)):
        if said:
            yield from ("", heading, *_indented(said))
    for heading, example in (("breaks it", rule.bad), ("keeps it", rule.good)):
        if example:
            yield from ("", heading, *_indented(example))


def table(rules: Sequence[Rule]) -> Iterator[str]:
    """Return the rules as a Markdown table."""
    yield "| Rule | Severity | Requirement | Why | Source |"
    yield "| --- | --- | --- | --- | --- |"
    for rule in sorted(rules, key=lambda one: one.id):
        cells = (rule.id, str(rule.severity), rule.title, rule.reason, rule.source)
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def markdown(rules: Sequence[Rule]) -> Iterator[str]:
    """Return the rules as a page: the table, then one section for each rule."""
    yield from (
        "# Rules",
        "",
        "Rendered by `kit explain --output markdown`: edit the rules, not this page.",
        "",
    )
    yield from table(rules)
    for rule in sorted(rules, key=lambda one: one.id):
        yield from (
            "",
            f"## {rule.id}: {rule.title}",
            "",
            f"{rule.severity}. {rule.reason}",
            "",
            f"Fix: {rule.fix}",
        )
        for heading, example in (("Breaks it", rule.bad), ("Keeps it", rule.good)):
            if example:
                yield from ("", f"{heading}:", "", "```yaml", *example.strip("\n").splitlines(), "```")


def summary(findings: Iterable[Finding]) -> str:
    """Return the number of findings by severity, such as `2 errors, 1 warning`."""
    counts: dict[str, int] = {}
    for one in findings:
        counts[one.how_bad] = counts.get(one.how_bad, 0) + 1
    words = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in sorted(counts.items())]
    return ", ".join(words) or "no findings"


def _indented(said: str) -> Iterator[str]:
    for line in said.strip("\n").splitlines():
        yield f"    {line}".rstrip()


def _escape(text: str, *, of_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if of_property else text
