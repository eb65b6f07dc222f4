"""Every rule is broken by its bad example alone, and kept by its good one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.lint import RULES
from analysis.model import Trace
from tests.analysis.samples import coupon_request
from tests.analysis_lint.cases import CASES
from tests.analysis_lint.requests import found, rules

if TYPE_CHECKING:
    import random


def test_the_packages_stand_alone_and_start_fast() -> None:
    """`kit explain` imports the rules, and a comparison's modules wait with numpy until one is made."""
    program = (
        "import sys, analysis.lint, analysis.compare.text, analysis.compare.otlp_lines; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'numpy', 'httpx', 'typer', 'kit', 'generator', 'sample_services'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_rule_has_its_story_and_its_cases() -> None:
    assert [rule.id for rule in RULES] == sorted(CASES)
    for rule in RULES:
        assert all((rule.title, rule.reason, rule.source, rule.fix, rule.bad, rule.good)), rule.id


@pytest.mark.parametrize("rule", sorted(CASES))
def test_the_bad_example_breaks_the_rule_and_no_other(rule: str) -> None:
    bad, good = CASES[rule]
    assert rules(bad()) == [rule]
    assert rules(good()) == []


@pytest.mark.parametrize("mode", ["parent", "link"])
def test_a_request_over_two_queues_with_one_failure_breaks_what_it_breaks(mode: str) -> None:
    """It waits 14.7 of 39.3 ms for a pool, and its failed spans say no error.type: nothing else is found."""
    assert rules(coupon_request(mode=mode)) == ["KIT205", "KIT212"]


def test_no_traces_break_no_rule() -> None:
    assert rules([]) == []


@given(st.sampled_from(sorted(CASES)), st.randoms(use_true_random=False), st.integers(-(10**15), 10**15))
def test_order_and_clocks_do_not_matter(rule: str, chance: random.Random, shift_ns: int) -> None:
    traces = CASES[rule][0]()
    before = [(one.rule.id, one.details) for one in found(traces)]
    spans = [one for trace in traces for one in trace.spans]
    for one in spans:
        one.start_ns += shift_ns
        one.end_ns += shift_ns
    chance.shuffle(spans)
    again = [Trace(one for one in spans if one.trace_id == trace.trace_id) for trace in traces]
    chance.shuffle(again)
    assert [(one.rule.id, one.details) for one in found(again)] == before
