"""Every key of the kit's collector is broken in several ways: rules and the real program must agree.

A part of the mutations by default. `KIT_KEY_MUTATIONS=whole` tries all, which takes half an hour, and
`KIT_KEY_MUTATIONS_TABLE=file` writes the table.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generator.overrides import Overrides
from kit.provision import Program
from tests.config_keys.mutations import Mutation, mutations, really_refused, refused_offline, right
from tests.rules.scenes import HEAD, scene

pytestmark = pytest.mark.native

WHOLE = os.environ.get("KIT_KEY_MUTATIONS") == "whole"
# Of the short form: every n-th mutation.
_EVERY = 25


def chosen() -> list[Mutation]:
    every = list(mutations())
    return every if WHOLE else every[::_EVERY]


def test_rules_and_the_real_collector_agree(programs: Mapping[str, Program], tmp_path: Path) -> None:
    tried = chosen()
    base = scene(HEAD, Overrides())
    offline = [refused_offline(base, one) for one in tried]
    with ThreadPoolExecutor(2) as pool:
        real = list(
            pool.map(
                lambda each: really_refused(programs["otelcol"], each[1], tmp_path / f"{each[0]}.yaml"),
                enumerate(tried),
            )
        )
    rows: dict[str, Counter[str]] = {}
    apart = []
    for mutation, said, refusal in zip(tried, offline, real, strict=True):
        verdict = (
            "both refuse" if said and refusal
            else "only the collector" if refusal
            else "only the rules" if said
            else "both take"
        )  # fmt: skip
        rows.setdefault(mutation.component, Counter())[verdict] += 1
        if verdict.startswith("only"):
            apart.append(f"{verdict}: {mutation}: {'; '.join(said) or refusal.strip().splitlines()[-1]}")
    if out := os.environ.get("KIT_KEY_MUTATIONS_TABLE"):
        Path(out).write_text(table(rows) + "\n".join(apart) + "\n")
    assert not apart, "\n".join(apart)


def test_what_the_rules_refuse_of_right_values_the_collector_refuses(
    programs: Mapping[str, Program], tmp_path: Path
) -> None:
    base = scene(HEAD, Overrides())
    every = list(right())
    # A word is no endpoint and no condition: those have tests of their own.
    refused = [
        (one, [said for said in refused_offline(base, one) if not said.startswith(("KIT143", "KIT144"))])
        for one in (every if WHOLE else every[::_EVERY])
    ]
    taken = [
        f"{one}: {'; '.join(said)}"
        for one, said in refused
        if said and not really_refused(programs["otelcol"], one, tmp_path / "config.yaml")
    ]
    assert not taken, "\n".join(taken)


def table(rows: Mapping[str, Counter[str]]) -> str:
    """The verdicts by component, as a table."""
    heads = ("both refuse", "both take", "only the collector", "only the rules")
    lines = [f"| component | mutations | {' | '.join(heads)} |", "| --- " * (len(heads) + 2) + "|"]
    whole: Counter[str] = Counter()
    for name, counts in sorted(rows.items()):
        whole += counts
        lines.append(f"| {name} | {counts.total()} | {' | '.join(str(counts[head]) for head in heads)} |")
    lines.append(f"| all | {whole.total()} | {' | '.join(str(whole[head]) for head in heads)} |")
    return "\n".join(lines) + "\n"
