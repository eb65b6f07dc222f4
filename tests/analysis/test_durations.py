from __future__ import annotations

import pytest

from analysis.durations import format_duration, parse_duration
from analysis.errors import QuantityError


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("400ms", 400_000_000),
        ("1.5s", 1_500_000_000),
        ("2 h", 7_200_000_000_000),
        ("7d", 604_800_000_000_000),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("0.1ms", 100_000),
        ("3m", 180_000_000_000),
        ("5NS", 5),
    ],
)
def test_a_duration_is_read(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("400", "has no unit"),
        ("", "not a duration"),
        ("-4ms", "not a duration"),
        ("4 parsecs", "not a unit"),
        ("ms", "not a duration"),
    ],
)
def test_what_is_no_duration_is_refused(text: str, what: str) -> None:
    with pytest.raises(QuantityError, match=what) as caught:
        parse_duration(text, what="--since")
    assert caught.value.message.startswith("--since: ")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 ns"),
        (850, "850 ns"),
        (1_500, "1.50 µs"),
        (999_960, "1.00 ms"),
        (12_345_678, "12.3 ms"),
        (412_000_000, "412 ms"),
        (1_049_999_999, "1.05 s"),
        (59_960_000_000, "1 min 00 s"),
        (123_000_000_000, "2 min 03 s"),
        (7_260_000_000_000, "2 h 01 min"),
        (-1_500, "-1.50 µs"),
    ],
)
def test_a_duration_is_written(nanoseconds: int, text: str) -> None:
    assert format_duration(nanoseconds) == text
