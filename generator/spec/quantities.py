"""Quantities with a unit: durations, sizes and percentages."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DURATION_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SIZE_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)")


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in whole milliseconds."""

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `400ms`, `30s`, `5m`, `12h`, `7d` or `2w`.

        Raises:
            ValueError: not a number with one of these units.
        """
        return cls(_parse(text, _DURATION_UNITS))

    @property
    def seconds(self) -> int:
        """Whole seconds, rounded down."""
        return self.milliseconds // 1000

    def __str__(self) -> str:
        return _shortest(self.milliseconds, {u: f for u, f in _DURATION_UNITS.items() if u != "w"})

    @property
    def go(self) -> str:
        """The duration in units that Go's `time.ParseDuration` accepts (it has no days and weeks)."""
        units = {unit: factor for unit, factor in _DURATION_UNITS.items() if unit not in ("d", "w")}
        return _shortest(self.milliseconds, units)


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """An amount of memory or disk in bytes."""

    bytes: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read `64KiB`, `512MiB`, `1.5GiB` or `1TiB`.

        Raises:
            ValueError: not a number with one of these units.
        """
        return cls(_parse(text, _SIZE_UNITS))

    @property
    def mib(self) -> int:
        """Whole mebibytes, rounded down."""
        return self.bytes >> 20

    def share(self, percent: int) -> Size:
        """Return a percentage of this size, rounded down to a mebibyte."""
        return Size((self.bytes * percent // 100) >> 20 << 20)

    def __str__(self) -> str:
        return _shortest(self.bytes, {"B": 1, **_SIZE_UNITS})


@dataclass(frozen=True, slots=True, order=True)
class Percent:
    """A percentage, stored in millionths of the whole."""

    millionths: int

    @classmethod
    def parse(cls, text: str) -> Percent:
        """Read `10%`, `99.9%` or `99.995%`.

        Raises:
            ValueError: not a number with `%`, or with more than four decimals.
        """
        match = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?\s*%", text.strip())
        if not match:
            raise ValueError(text)
        return cls(int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0")))

    @property
    def number(self) -> str:
        """The number before the `%`, without needless zeros."""
        whole, rest = divmod(self.millionths, 10_000)
        return f"{whole}.{rest:04}".rstrip("0") if rest else str(whole)

    def __str__(self) -> str:
        return f"{self.number}%"


def _parse(text: str, units: dict[str, int]) -> int:
    match = _QUANTITY.fullmatch(text.strip())
    if not match or match[2] not in units:
        raise ValueError(text)
    whole, _, decimals = match[1].partition(".")
    # Integers only: 0.1 has no exact binary form.
    scale: int = 10 ** len(decimals)
    return int(whole + decimals) * units[match[2]] // scale


def _shortest(amount: int, units: dict[str, int]) -> str:
    unit = max((u for u in units if amount % units[u] == 0), key=units.__getitem__)
    return f"{amount // units[unit]}{unit}" if amount else f"0{min(units, key=units.__getitem__)}"
