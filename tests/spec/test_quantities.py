from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.spec.quantities import Duration, Size


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("400ms", 400),
        ("30s", 30_000),
        ("1.5m", 90_000),
        ("12h", 43_200_000),
        ("7d", 604_800_000),
        ("2w", 1_209_600_000),
    ],
)
def test_a_duration_is_read(text: str, milliseconds: int) -> None:
    assert Duration.parse(text).milliseconds == milliseconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("64KiB", 65_536), ("512MiB", 536_870_912), ("1.5GiB", 1_610_612_736), ("1TiB", 1 << 40)],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert Size.parse(text).bytes == size


@pytest.mark.parametrize("text", ["", "7", "d", "7 days", "-7d", "7D", "7d2h", "1e3ms", "٧d", "7.d"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["512", "512MB", "512mib", "512M", "1,5GiB"])
def test_no_size(text: str) -> None:
    with pytest.raises(ValueError):
        Size.parse(text)


def test_decimals_are_exact() -> None:
    assert Duration.parse("0.1s").milliseconds == 100
    assert Duration.parse("1.001s").milliseconds == 1001


@given(st.integers(min_value=0, max_value=10**15))
def test_what_is_written_reads_back_the_same(milliseconds: int) -> None:
    duration = Duration(milliseconds)
    assert Duration.parse(str(duration)) == duration
    assert Duration.parse(duration.go) == duration


def test_go_has_no_days() -> None:
    assert Duration.parse("7d").go == "168h"
    assert str(Duration.parse("168h")) == "7d"


def test_a_share_is_whole_mebibytes() -> None:
    assert str(Size.parse("512MiB").share(80)) == "409MiB"
