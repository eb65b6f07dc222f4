"""Every key of the kit's collector and of Jaeger is broken in several ways: rules and the real program must agree.

A part of the mutations by default. `KIT_KEY_MUTATIONS=whole` tries all, which takes half an hour, and
`KIT_KEY_MUTATIONS_TABLE=file` adds the tables to a file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generator.config_keys.catalogue import JAEGER, OTELCOL
from generator.overrides import Overrides
from generator.rules.scene import Scene
from generator.targets import COMPOSE, NATIVE
from kit.provision import Program
from tests.config_keys.mutations import Mutation, mutations, really_refused, refused_offline, right, untouched
from tests.rules.scenes import HEAD, scene

pytestmark = pytest.mark.native

WHOLE = os.environ.get("KIT_KEY_MUTATIONS") == "whole"
# Of the short form: every n-th mutation. Jaeger takes longer to answer.
_EVERY = {OTELCOL: 25, JAEGER: 60}


def chosen(program: str, every: Iterable[Mutation]) -> list[Mutation]:
    return list(every) if WHOLE else list(every)[:: _EVERY[program]]


def base(program: str) -> Scene:
    """A deployment in whose version the program's keys are known."""
    return scene(HEAD, Overrides(), target=NATIVE if program == JAEGER else COMPOSE)


@pytest.mark.parametrize("program", [OTELCOL, JAEGER])
def test_what_is_not_broken_is_taken(programs: Mapping[str, Program], tmp_path: Path, program: str) -> None:
    """Else both would refuse every mutation of it, whatever is broken."""
    deployment = base(program)
    for one in untouched(program):
        assert refused_offline(deployment, one) == []
        assert really_refused(programs[program], one, tmp_path / "config.yaml") == ""


@pytest.mark.parametrize("program", [OTELCOL, JAEGER])
def test_rules_and_the_real_program_agree(
    programs: Mapping[str, Program], tmp_path: Path, program: str
) -> None:
    tried = chosen(program, mutations(program))
    deployment = base(program)
    offline = [refused_offline(deployment, one) for one in tried]
    with ThreadPoolExecutor(2) as pool:
        real = list(
            pool.map(
                lambda each: really_refused(programs[program], each[1], tmp_path / f"{each[0]}.yaml"),
                enumerate(tried),
            )
        )
    rows: dict[str, Counter[str]] = {}
    apart = []
    for mutation, said, refusal in zip(tried, offline, real, strict=True):
        verdict = (
            "both refuse" if said and refusal
            else "only the program" if refusal
            else "only the rules" if said
            else "both take"
        )  # fmt: skip
        rows.setdefault(mutation.component, Counter())[verdict] += 1
        if verdict.startswith("only"):
            apart.append(f"{verdict}: {mutation}: {'; '.join(said) or refusal.strip().splitlines()[-1]}")
    if out := os.environ.get("KIT_KEY_MUTATIONS_TABLE"):
        with Path(out).open("a") as file:
            file.write(f"{program}\n\n{table(rows)}" + "".join(f"{line}\n" for line in apart) + "\n")
    assert not apart, "\n".join(apart)


@pytest.mark.parametrize("program", [OTELCOL, JAEGER])
def test_what_the_rules_refuse_of_right_values_the_program_refuses(
    programs: Mapping[str, Program], tmp_path: Path, program: str
) -> None:
    deployment = base(program)
    # A word is no endpoint and no condition: those have tests of their own.
    refused = [
        (
            one,
            [said for said in refused_offline(deployment, one) if not said.startswith(("KIT143", "KIT144"))],
        )
        for one in chosen(program, right(program))
    ]
    taken = [
        f"{one}: {'; '.join(said)}"
        for one, said in refused
        if said and not really_refused(programs[program], one, tmp_path / "config.yaml")
    ]
    assert not taken, "\n".join(taken)


def table(rows: Mapping[str, Counter[str]]) -> str:
    """The verdicts by component, as a table."""
    heads = ("both refuse", "both take", "only the program", "only the rules")
    lines = [f"| component | mutations | {' | '.join(heads)} |", "| --- " * (len(heads) + 2) + "|"]
    whole: Counter[str] = Counter()
    for name, counts in sorted(rows.items()):
        whole += counts
        lines.append(f"| {name} | {counts.total()} | {' | '.join(str(counts[head]) for head in heads)} |")
    lines.append(f"| all | {whole.total()} | {' | '.join(str(whole[head]) for head in heads)} |")
    return "\n".join(lines) + "\n"
