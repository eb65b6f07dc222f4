"""A benchmark's quick run, and what must hold for every result: no time is judged."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import chain

from msgspec import json

from bench.result import Result

_SECONDS = 900


def run(benchmark: str, *arguments: str) -> Result:
    """The result of `--quick`, held against the documented shape."""
    command = [sys.executable, "-m", f"bench.{benchmark}", "--quick", "--output", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    assert done.returncode == 0, done.stderr
    result = json.decode(done.stdout, type=Result)
    assert (result.benchmark, result.quick, result.problems) == (benchmark, True, [])
    check(result)
    return result


def check(result: Result) -> None:
    """Intervals are ordered, ratios positive and finite, ledgers add up."""
    assert result.ratios
    for name, ratio in result.ratios.items():
        assert 0 < ratio.low <= ratio.median <= ratio.high < math.inf, name
        assert " : " in name
    for name, figure in result.figures.items():
        assert 0 <= figure.least <= figure.median <= figure.most < math.inf, name
    for arm, ledger in result.ledgers.items():
        assert ledger.accepted == ledger.found + ledger.waiting + ledger.lost, arm
    for name in chain(result.ratios, result.figures, result.ledgers):
        assert name in result.text()
