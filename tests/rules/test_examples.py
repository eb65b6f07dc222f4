"""Every rule's bad example is found by that rule alone, and its good one by none."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

from findings.rule import Rule
from generator.rules import RULES
from generator.rules.example import blocks
from generator.rules.layer import EDITED
from tests.rules.scenes import findings

BY_ID = {rule.id: rule for rule in RULES}


def broken(rule: Rule, example: str) -> set[str]:
    """The rules that an example breaks; an edit by hand is always told as one."""
    found = {one.rule.id for one in findings(blocks(example))}
    return found if rule is EDITED else found - {EDITED.id}


@pytest.mark.parametrize("rule", BY_ID)
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


@pytest.mark.parametrize("rule", BY_ID)
def test_a_finding_points_at_a_line_and_says_what_to_do(rule: str) -> None:
    for one in findings(blocks(BY_ID[rule].bad)):
        assert one.place is not None
        assert one.place.line > 0, one
        assert one.found
        assert one.next_step


def test_every_rule_that_is_written_is_looked_for() -> None:
    import generator.rules as package
    from generator.rules.check import Check

    modules = [import_module(f"generator.rules.{one.name}") for one in iter_modules(package.__path__)]
    written = {one.rule.id for module in modules for one in vars(module).values() if isinstance(one, Check)}
    assert written == {check.rule.id for check in package.CHECKS}
