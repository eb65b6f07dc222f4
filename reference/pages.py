"""The list of generated pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from reference import (
    command_line_page,
    environment_page,
    exit_codes_page,
    metrics_page,
    spec_page,
    versions_page,
)

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def _rules() -> Iterable[str]:
    from findings.formats import markdown
    from kit.cli.explain import all_rules

    return markdown(all_rules())


def _answers() -> Iterable[str]:
    from kit.answers import telling
    from kit.answers.kinds import all_kinds

    return telling.markdown(all_kinds().values())


PAGES: Mapping[str, Callable[[], Iterable[str]]] = {
    "spec.md": spec_page.lines,
    "command-line.md": command_line_page.lines,
    "rules.md": _rules,
    "json.md": _answers,
    "metrics.md": metrics_page.lines,
    "exit-codes.md": exit_codes_page.lines,
    "environment.md": environment_page.lines,
    "versions.md": versions_page.lines,
}
"""The function that returns the lines of each page, by the page's file name."""


def text_of(name: str) -> str:
    """Return the text of a generated page, exactly as it is written to its file."""
    return "\n".join(PAGES[name]()) + "\n"
