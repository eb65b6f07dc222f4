"""The longest of the benchmarks, in a file of its own: files run side by side."""

from __future__ import annotations

import pytest

from tests.bench.quick import run

pytestmark = pytest.mark.native


def test_write_path() -> None:
    result = run("write_path")
    assert {name.split(",")[0] for name in result.ratios} == {"kit : stock", "kit : bare writer"}
    assert set(result.ledgers) == {"kit", "bare writer", "stock"}
    kit = result.ledgers["kit"]
    assert kit.accepted > 0
    assert kit.lost == 0
    assert result.figures["traces found by each indexed attribute, of 20"].least > 0
