"""The texts of rules, from the Markdown page beside the module that checks them: `memory.md` for `memory.py`.

A page is read only when one of its rules is broken or explained; checks themselves do not read it.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from findings.rule import Rule, Severity

_SECTION = re.compile(
    r"## (?P<id>KIT\d{3}): (?P<title>.+)\n\nSeverity: (?P<severity>error|warning)\n\nWhy: (?P<reason>.+?)\n\n"
    r"Source: (?P<source>.+?)\n\nFix: (?P<fix>.+?)\n\n"
    r"Breaks it:\n\n```yaml\n(?P<bad>.+?)```\n\nKeeps it:\n\n```yaml\n(?P<good>.+?)```\n\s*",
    re.DOTALL,
)
_START = re.compile(r"^## ", re.MULTILINE)


def written(id_: str, module: str) -> Rule:
    """Read a rule from the page of a module.

    Raises:
        LookupError: The page does not contain the rule.
        ValueError: The page does not have the expected form.
    """
    page = Path(sys.modules[module].__file__ or "").with_suffix(".md")
    found = on_page(page).get(id_)
    if found is None:
        raise LookupError(f"{page}: rule {id_} is missing")
    return found


@cache
def on_page(page: Path) -> dict[str, Rule]:
    """Read all rules of a page, by id.

    Raises:
        ValueError: The page does not have the expected form.
    """
    text = page.read_text(encoding="utf-8")
    starts = [match.start() for match in _START.finditer(text)]
    rules = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        section = _SECTION.fullmatch(text, start, end)
        if section is None or section["id"] in rules:
            line = text.count("\n", 0, start) + 1
            raise ValueError(
                f"{page}:{line}: this rule does not have the form of the others, or its id is a duplicate"
            )
        rules[section["id"]] = _rule(section)
    return rules


def _rule(section: re.Match[str]) -> Rule:
    said = {name: " ".join(section[name].split()) for name in ("id", "title", "reason", "source", "fix")}
    severity = Severity(section["severity"])
    return Rule(**said, severity=severity, bad=section["bad"], good=section["good"])
