"""Each benchmark runs to its end, and its result has the documented shape."""

from __future__ import annotations

import pytest

from tests.bench.quick import run


def test_generate() -> None:
    result = run("generate")
    for time in ("wall", "processor"):
        for variant in ("", " without image/"):
            assert result.ratios[f"kit generate : copier copy{variant}, {time} time"].pairs == 2
    assert result.figures["files"].median > result.figures["files without image/"].median > 1


@pytest.mark.parametrize("command", ["endpoints", "compare"])
def test_analysis(command: str) -> None:
    result = run("analysis", "--command", command, "--spans", "5000")
    assert result.settings["spans"] == 5000
    assert len(result.ratios) == 6


@pytest.mark.native
@pytest.mark.parametrize(
    ("arguments", "spans"),
    [
        pytest.param([], {"off": 0, "kit": 1, "metrics": 1}, id="own"),
        pytest.param(["--redis"], {"off": 0, "kit": 1, "metrics": 1, "redis": 2}, id="redis"),
    ],
)
def test_overhead(arguments: list[str], spans: dict[str, int]) -> None:
    result = run("overhead", *arguments)
    assert set(result.ledgers) == set(spans)
    for arm, ledger in result.ledgers.items():
        assert ledger.lost == 0
        assert (ledger.accepted > 0) == (spans[arm] > 0)
    assert {arm: result.figures[f"spans a request, {arm}"].median for arm in spans if arm != "off"} == {
        arm: count for arm, count in spans.items() if arm != "off"
    }
    assert {"requests/s, metrics : kit", "requests/s, metrics : off"} <= set(result.ratios)


@pytest.mark.native
def test_queue() -> None:
    result = run("queue")
    assert {arm: ledger.found for arm, ledger in result.ledgers.items()} == {
        "batches of 100": 600,
        "one by one": 150,
    }


@pytest.mark.native
def test_searchable() -> None:
    result = run("searchable")
    assert result.ratios["found by search : whole by id, seconds"].low >= 1
