"""What rules say, from the Markdown page beside the module that looks for them: `memory.md` of `memory.py`.

A page is read when one of its rules is broken or explained, never to look for what breaks them.
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
    """A rule as the page of a module says it.

    Raises:
        LookupError: the page does not have it.
        ValueError: the page has not the form of one.
    """
    page = Path(sys.modules[module].__file__ or "").with_suffix(".md")
    found = on_page(page).get(id_)
    if found is None:
        raise LookupError(f"{page} says nothing about {id_}")
    return found


@cache
def on_page(page: Path) -> dict[str, Rule]:
    """The rules of a page, by id.

    Raises:
        ValueError: it has not the form of one.
    """
    text = page.read_text(encoding="utf-8")
    starts = [match.start() for match in _START.finditer(text)]
    rules = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        section = _SECTION.fullmatch(text, start, end)
        if section is None or section["id"] in rules:
            line = text.count("\n", 0, start) + 1
            raise ValueError(
                f"{page}:{line}: not a rule as the others on this page are, or one a second time"
            )
        rules[section["id"]] = _rule(section)
    return rules


def _rule(section: re.Match[str]) -> Rule:
    said = {name: " ".join(section[name].split()) for name in ("id", "title", "reason", "source", "fix")}
    severity = Severity(section["severity"])
    return Rule(**said, severity=severity, bad=section["bad"], good=section["good"])
