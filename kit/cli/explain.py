"""`kit explain`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from findings.rule import Severity

if TYPE_CHECKING:
    from findings.rule import Rule
    from kit.answers.kinds import Kind

app = typer.Typer(rich_markup_mode=None, add_completion=False)

# Every module with rules: each offers `RULES`.
SOURCES = ("generator.rules", "kit.operate.own_check", "kit.operate.doctor", "analysis.lint")

ALL_ANSWERS = "answers"


class ExplanationForm(StrEnum):
    """Output forms of an explanation."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule."""

    id: Annotated[str, "id of the rule, such as KIT044"]
    title: Annotated[str, "what the rule requires"]
    severity: Annotated[Severity, "default severity of its findings"]
    reason: Annotated[str, "what happens if the rule is broken"]
    source: Annotated[str, "source of the reason"]
    fix: Annotated[str, "how to fix a finding"]
    bad: Annotated[str, "example that breaks the rule, or empty"]
    good: Annotated[str, "the same example, fixed, or empty"]


@dataclass(frozen=True, slots=True)
class ExplainAnswer:
    """All rules, or one rule."""

    KIND: ClassVar = "explain"

    rules: Annotated[list[RuleRow], "rules, sorted by id"]


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of JSON answer."""

    kind: Annotated[str, "name of the kind"]
    version: Annotated[int, "version of the kind"]
    command: Annotated[str, "command that prints it with --output json"]
    about: Annotated[str, "description of the answer"]
    schema: Annotated[dict[str, Annotated[Any, "value of a keyword"]], "its JSON Schema, draft 2020-12"]


@dataclass(frozen=True, slots=True)
class KindsAnswer:
    """All kinds of JSON answers, or one kind."""

    KIND: ClassVar = "explain.answers"

    answers: Annotated[list[KindRow], "kinds, in the order of the documentation"]


@app.command()
def explain(
    what: str = typer.Argument(
        "",
        metavar="[RULE|KIND]",
        help="A rule's id such as KIT044, or a kind of JSON answer such as traces.endpoints. `answers` lists all "
        "kinds. Default: list all rules.",
    ),
    output: ExplanationForm = typer.Option(
        ExplanationForm.TEXT,
        "--output",
        help="text, json, markdown (docs/reference/rules.md and json.md) or schema (a kind's JSON Schema).",
    ),
) -> None:
    """Explain a rule: requirement, reason, source, fix and examples. Without a rule, list all of them.

    For a kind of JSON answer, list its fields with their units.

    Example: kit explain KIT044

    Example: kit explain traces.endpoints
    """
    from kit.answers.kinds import all_kinds
    from kit.errors import UserError

    kinds = all_kinds() if what and not _is_id(what) else {}
    if what == ALL_ANSWERS:
        _tell_answers(list(kinds.values()), output)
    elif what in kinds:
        _tell_answers([kinds[what]], output, alone=True)
    elif kinds:
        from difflib import get_close_matches

        near = get_close_matches(what, kinds, n=2)
        did_you_mean = f"did you mean {' or '.join(near)}? " if near else ""
        raise UserError(
            f"{what} is neither a rule nor a kind of answer",
            hint=f"{did_you_mean}`kit explain` lists all rules, `kit explain {ALL_ANSWERS}` all kinds",
        )
    else:
        rules = all_rules()
        _tell_rules([_named(what, rules)] if what else rules, output, alone=bool(what))


def all_rules() -> list[Rule]:
    """Return the rules of all sources, sorted by id.

    Raises:
        ValueError: Two rules have the same id.
    """
    from importlib import import_module

    rules = [rule for source in SOURCES for rule in import_module(source).RULES]
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise ValueError(f"two rules have the same id: {sorted(i for i in set(ids) if ids.count(i) > 1)}")
    return sorted(rules, key=lambda one: one.id)


def _tell_rules(rules: Sequence[Rule], output: ExplanationForm, *, alone: bool) -> None:
    from findings import formats
    from kit.printing import show
    from kit.terminal import Output, data

    if output is ExplanationForm.SCHEMA:
        raise _no_schema()
    if output is ExplanationForm.JSON:
        show(ExplainAnswer([_rule_row(one) for one in rules]), Output.JSON, [])
    elif output is ExplanationForm.MARKDOWN:
        for line in formats.markdown(rules):
            data(line)
    elif alone:
        for line in formats.story(rules[0]):
            data(line)
    else:
        for one in rules:
            data(f"{one.id}  {one.severity:<7}  {one.title}")


def _tell_answers(answers: Sequence[Kind], output: ExplanationForm, *, alone: bool = False) -> None:
    import json

    from kit.answers import telling
    from kit.answers.kinds import schema_of
    from kit.printing import show
    from kit.terminal import Output, data

    if output is ExplanationForm.SCHEMA:
        if not alone:
            raise _no_schema()
        data(json.dumps(schema_of(answers[0]), indent=2, ensure_ascii=False))
    elif output is ExplanationForm.JSON:
        show(KindsAnswer([_kind_row(one) for one in answers]), Output.JSON, [])
    elif output is ExplanationForm.MARKDOWN:
        for line in telling.markdown(answers):
            data(line)
    elif alone:
        for line in telling.lines(answers[0]):
            data(line)
    else:
        width = max(len(one.kind) for one in answers)
        for one in answers:
            data(f"{one.kind:<{width}}  {one.about}")


def _is_id(said: str) -> bool:
    return said.upper().removeprefix("KIT").isdigit()


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


def _no_schema() -> Exception:
    from kit.errors import UserError

    return UserError(
        "--output schema: only a kind of JSON answer has a schema",
        hint=f"kit explain traces.endpoints --output schema; `kit explain {ALL_ANSWERS}` lists all kinds",
    )


def _rule_row(one: Rule) -> RuleRow:
    return RuleRow(one.id, one.title, one.severity, one.reason, one.source, one.fix, one.bad, one.good)


def _kind_row(one: Kind) -> KindRow:
    from kit.answers.kinds import schema_of

    return KindRow(one.kind, one.version, one.command, one.about, schema_of(one))
