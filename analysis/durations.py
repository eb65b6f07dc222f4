"""Parse and format durations. Inside the package a duration is an integer number of nanoseconds."""

from __future__ import annotations

import re

from analysis.errors import QuantityError

_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3_600 * 1_000_000_000,
    "d": 86_400 * 1_000_000_000,
}
_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zµμ]*)\s*", re.IGNORECASE)


def parse_duration(text: str, *, what: str = "a duration") -> int:
    """Parse `400ms`, `1.5s`, `2h` or `7d` into nanoseconds.

    Args:
        text: a number and a unit: ns, us, ms, s, m, h or d.
        what: name of the value in the error, such as the option.

    Raises:
        QuantityError: the number or the unit is missing, or the unit is unknown.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise QuantityError(
            f"{what}: {text!r} is not a duration", hint="write a number and a unit, such as 400ms or 2h"
        )
    number, unit = match.group(1), match.group(2).lower()
    if not unit:
        raise QuantityError(
            f"{what}: {text!r} has no unit", hint=f"write {number}ms, {number}s, {number}m or {number}h"
        )
    if unit not in _NANOSECONDS:
        raise QuantityError(f"{what}: {unit!r} is not a unit of time", hint="units: ns, us, ms, s, m, h, d")
    whole, _, fraction = number.partition(".")
    size = _NANOSECONDS[unit]
    parts: int = 10 ** len(fraction)
    return int(whole) * size + int(fraction or 0) * size // parts


def format_duration(nanoseconds: float) -> str:
    """Write a duration with three significant digits and a unit: `850 ns`, `12.3 ms`, `1.05 s`, `2 min 03 s`."""
    if nanoseconds < 0:
        return "-" + format_duration(-nanoseconds)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)):
        written = _three_digits(nanoseconds / size)
        if float(written) < (60 if unit == "s" else 1_000):
            return f"{written} {unit}"
    seconds = round(nanoseconds / 1_000_000_000)
    if seconds < 3_600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3_600} h {seconds % 3_600 // 60:02d} min"


def _three_digits(value: float) -> str:
    decimals = 0 if value >= 99.95 or value == int(value) else 1 if value >= 9.995 else 2
    return f"{value:.{decimals}f}"
