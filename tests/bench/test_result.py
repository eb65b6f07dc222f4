"""What all benchmarks share: turns, ratios, and the printed result."""

from __future__ import annotations

import argparse
import sys

import pytest
from msgspec import ValidationError, json

from bench.paired import in_turns, ratio
from bench.result import Arguments, Ledger, Measured, Result, figure


def test_arms_take_turns_forwards_and_backwards() -> None:
    order: list[str] = []

    def arm(name: str) -> str:
        order.append(name)
        return name

    samples = in_turns(2, *(lambda name=name: arm(name) for name in "abc"))
    assert order == ["a", "b", "c", "c", "b", "a"]
    assert samples == [["a", "a"], ["b", "b"], ["c", "c"]]


def test_a_ratio_is_of_pairs_and_within_its_interval() -> None:
    found = ratio([2, 4, 9], [1, 2, 3])
    assert (found.median, found.low, found.high, found.pairs) == (2, 2, 3, 3)
    assert str(found) == "2 (95 % interval 2 to 3)"


def test_one_pair_has_no_interval() -> None:
    assert str(ratio([3], [2])) == "1.5 (one pair: no interval)"


def test_nothing_counted_is_no_ratio() -> None:
    with pytest.raises(SystemExit, match="a block counted nothing"):
        ratio([1, 1], [1, 0])


def _printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str, problems: list[str]
) -> str:
    def measure(asked: argparse.Namespace) -> Measured:
        return Measured(
            ratios={"a : b": ratio([asked.pairs], [1])},
            figures={"s, a": figure([1, 2])},
            ledgers={"a": Ledger(5, 3, 1, 1)},
            problems=problems,
        )

    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    parser = Arguments("")
    parser.size("--pairs", 20, 2, "processes")
    parser.run("one", measure)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "pairs"),
    [([], 20), (["--quick"], 2), (["--quick", "--pairs", "7"], 7), (["--pairs", "7"], 7)],
)
def test_quick_is_smaller_where_nothing_is_asked_for(
    arguments: list[str], pairs: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = _printed(monkeypatch, capsys, "--output", "json", *arguments, problems=[])
    result = json.decode(printed, type=Result)
    assert result.settings == {"pairs": pairs}
    assert result.ratios["a : b"].median == pairs
    assert result.quick == ("--quick" in arguments)


def test_as_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _printed(monkeypatch, capsys, problems=[]).splitlines() == [
        "a : b = 20 (one pair: no interval)",
        "s, a: 1.5 (1 to 2)",
        "ledger, a: accepted 5, found 3, still queued on disk 1, lost 1",
    ]


def test_a_run_that_says_nothing_fails_after_its_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="spans are lost"):
        _printed(monkeypatch, capsys, problems=["spans are lost"])
    assert "a : b" in capsys.readouterr().out


def test_the_shape_is_checked() -> None:
    with pytest.raises(ValidationError):
        json.decode(b'{"ratios": {"a : b": {"median": 0, "low": 0, "high": 0, "pairs": 1}}}', type=Measured)
