"""Burn-rate alerts of objectives, each over a long window and a short one.

The long window shows that it matters, the short one that it still happens. Factors and windows are those of Google's
SRE workbook, chapter 5: a factor of 14.4 spends 2 % of a month's budget in an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.components.prometheus.alerts import Alert
from generator.components.services.plan import Objective

_FACTOR_OF_FAST = 14.4
# The service's name for a shell, whatever characters it has.
_SERVICE = """'{{ reReplaceAll "'" "'\\\\''" $labels.service_name }}'"""
_NEXT = (
    f"kit slo, then kit traces slowest --service {_SERVICE}, and kit traces endpoints --service {_SERVICE}"
)


@dataclass(frozen=True, slots=True)
class _Slow:
    factor: int
    long: str
    short: str


_SLOW = (_Slow(6, "6h", "30m"), _Slow(3, "1d", "2h"), _Slow(1, "3d", "6h"))


def objective_alerts(objectives: Sequence[Objective]) -> Iterator[Alert]:
    """Make the alerts about objectives, the same rules for all of them; nothing without an objective."""
    if not any(one.success is not None or one.p99 is not None for one in objectives):
        return
    fast = _both("1h", "5m", f"{_FACTOR_OF_FAST} * kit:objective_allowed:ratio")
    # If much may be bad, 14.4 times as much is more than everything. Then it is the middle between that and all.
    most = _both("1h", "5m", "(1 + kit:objective_allowed:ratio) / 2")
    yield Alert(
        "ObjectiveBurnsFast", f"({fast}) or ({most})", "2m", "critical",
        _told("1h", "far more"), _NEXT,
    )  # fmt: skip
    for slow in _SLOW:
        yield Alert(
            "ObjectiveBurns",
            _both(slow.long, slow.short, f"{slow.factor} * kit:objective_allowed:ratio"),
            "15m",
            "warning",
            _told(slow.long, "more"),
            _NEXT,
            {"window": slow.long},
        )


def _both(long: str, short: str, than: str) -> str:
    return " and ".join(f"kit:objective_bad:ratio_rate{window} > {than}" for window in (long, short))


def _told(window: str, more: str) -> str:
    return (
        "{{ $labels.objective }}, limit {{ $labels.limit }}: {{ $value | humanizePercentage }} of the requests of "
        f"{window} were bad, {more} than the objective allows"
    )
