"""Every rule's bad example is found by that rule alone, and its good one by none."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import pytest

from findings.pages import on_page
from findings.rule import Rule
from generator.component import Component
from generator.rules import RULES, checks, layer
from generator.rules.check import RuleCheck
from generator.rules.layer import EDITED
from generator.rules.memory import containers_are_limited
from tests.rules.example import blocks, tidy
from tests.rules.scenes import findings

ROOT = Path(__file__).resolve().parents[2]
BY_ID = {rule.id: rule for rule in RULES}


def broken(rule: Rule, example: str) -> set[str]:
    """The rules that an example breaks; an edit by hand is always told as one."""
    found = {one.rule.id for one in findings(blocks(example))}
    return found if rule.id == EDITED else found - {EDITED}


# Those of a folder are broken by what lies in it: tests/rules/test_compose_files.py.
@pytest.mark.parametrize("rule", [id_ for id_ in BY_ID if id_ not in layer.OF_THE_FOLDER])
def test_the_bad_example_breaks_the_rule_and_no_other(rule: str) -> None:
    assert broken(BY_ID[rule], BY_ID[rule].bad) == {rule}


@pytest.mark.parametrize("rule", BY_ID)
def test_the_good_example_keeps_every_rule(rule: str) -> None:
    assert broken(BY_ID[rule], BY_ID[rule].good) == set()


@pytest.mark.parametrize("rule", BY_ID)
def test_a_rule_says_everything(rule: str) -> None:
    one = BY_ID[rule]
    assert all((one.title, one.reason, one.source, one.fix, one.bad, one.good))
    assert not one.title.endswith(".")
    assert one.bad != one.good
    assert (one.bad, one.good) == (tidy(one.bad), tidy(one.good))


@pytest.mark.parametrize("rule", BY_ID)
def test_a_finding_points_at_a_line_and_says_what_to_do(rule: str) -> None:
    for one in findings(blocks(BY_ID[rule].bad)):
        assert one.place is not None
        assert one.place.line > 0, one
        assert one.found
        assert one.next_step


def modules_with_rules() -> list[ModuleType]:
    """Every module below `generator` that has a rule, whether or not `kit validate` knows it."""
    import generator

    names = [one.name for one in walk_packages(generator.__path__, "generator.")]
    modules = [import_module(name) for name in names]
    return [
        module
        for module in modules
        if module is layer or any(isinstance(one, RuleCheck) for one in vars(module).values())
    ]


def ids(module: ModuleType) -> set[str]:
    if module is layer:
        return set(layer.IDS)
    own = (one for one in vars(module).values() if isinstance(one, RuleCheck))
    return {one.id for one in own if one.finder.__module__ == module.__name__}


def test_every_rule_that_is_written_is_looked_for() -> None:
    written = {id_ for module in modules_with_rules() for id_ in ids(module)}
    assert written == {*layer.IDS, *(check.id for check in checks())} == set(BY_ID)


def test_a_page_says_each_rule_of_its_module_and_no_other() -> None:
    modules = {Path(str(module.__file__)).with_suffix(".md"): ids(module) for module in modules_with_rules()}
    pages = {page: set(on_page(page)) for page in ROOT.joinpath("generator").rglob("*.md")}
    assert pages == modules


def test_a_component_brings_rules_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that it names is imported when rules are looked for."""
    own = RuleCheck("KIT044", containers_are_limited.finder)
    module = ModuleType("toy_rules")
    vars(module)["CHECKS"] = (own,)
    toy = Component("toy", rules=module.__name__)
    checks.cache_clear()
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, module.__name__, module)
        patched.setattr("generator.rules.components", lambda: (Component("without"), toy))
        assert checks()[-1] is own
        assert "KIT050" not in {check.id for check in checks()}
    checks.cache_clear()
    assert "KIT050" in {check.id for check in checks()}


def test_nothing_is_said_where_nothing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """`kit generate`, and `kit validate` without a finding, read no page."""
    monkeypatch.setattr("findings.pages.on_page", lambda page: pytest.fail(f"{page} is read"))
    assert findings({}) == []
