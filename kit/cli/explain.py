"""`kit explain`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from findings.rule import Rule

app = typer.Typer(rich_markup_mode=None)

# Every module with rules: each offers `RULES`.
SOURCES = ("generator.rules", "kit.operate.doctor", "analysis.lint")


class Form(StrEnum):
    """The forms of an explanation."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@app.command()
def explain(
    rule: str = typer.Argument("", metavar="[RULE]", help="A rule's id, as KIT044; else all are listed."),
    output: Form = typer.Option(Form.TEXT, "--output", help="text, json, or markdown (docs/rules.md)."),
) -> None:
    """Tell a rule: what holds, why, how one knows, what to do, and an example of each; or list all rules.

    Example: kit explain KIT044
    """
    from findings import formats
    from kit.terminal import answer, data

    rules = all_rules()
    if rule:
        rules = [_named(rule, rules)]
    if output is Form.JSON:
        answer("explain", rules=[_document(one) for one in rules])
    elif output is Form.MARKDOWN:
        for line in formats.markdown(rules):
            data(line)
    elif rule:
        for line in formats.story(rules[0]):
            data(line)
    else:
        for one in rules:
            data(f"{one.id}  {one.severity:<7}  {one.title}")


def all_rules() -> list[Rule]:
    """Every rule of every source, by id.

    Raises:
        ValueError: two rules have one id.
    """
    from importlib import import_module

    rules = [rule for source in SOURCES for rule in import_module(source).RULES]
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise ValueError(f"a rule's id is given twice: {sorted(i for i in set(ids) if ids.count(i) > 1)}")
    return sorted(rules, key=lambda one: one.id)


def _named(said: str, rules: Sequence[Rule]) -> Rule:
    from findings.rule import neighbours
    from kit.errors import UserError

    wanted = said.upper()
    wanted = f"KIT{int(wanted):03}" if wanted.isdigit() else wanted
    found = next((rule for rule in rules if rule.id == wanted), None)
    if found is None:
        near = neighbours(wanted, [rule.id for rule in rules])
        raise UserError(
            f"there is no rule {said}", hint=f"did you mean {' or '.join(near)}? `kit explain` lists all"
        )
    return found


def _document(rule: Rule) -> dict[str, str]:
    from dataclasses import asdict

    return asdict(rule)
