"""Measure objectives: read the series that Prometheus records for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.components.prometheus.objective_alerts import objective_alerts
from generator.components.prometheus.objective_series import BUDGET_WINDOW, P99, WINDOWS, limits_of
from kit.operate.slo.answers import ObjectiveState, State

if TYPE_CHECKING:
    from generator.components.prometheus.objective_series import Limit
    from generator.components.services.plan import Objective
    from kit.operate.prometheus_api import PrometheusClient

_NANOSECONDS = 1_000_000
# Fewer requests than one bad one may be among say nothing; more than 10,000 are enough for any target.
_MOST_NEEDED = 10_000
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Series:
    """The recorded series, each by objective and limit."""

    bad: Mapping[str, Mapping[Key, float]]
    requests: Mapping[str, Mapping[Key, float]]
    burn: Mapping[str, Mapping[Key, float]]
    left: Mapping[Key, float]
    alerts: Mapping[str, frozenset[Key]]


def measure(client: PrometheusClient, objectives: Sequence[Objective], step_s: float) -> list[ObjectiveState]:
    """Return the state of each limit, without traces.

    Args:
        client: Prometheus.
        objectives: The objectives of the spec.
        step_s: Time between two values of a recorded series, in seconds.

    Raises:
        MachineError: Prometheus can't be read.
    """
    series = _read(client, objectives, step_s)
    return [_state(limit, series) for limit in limits_of(objectives)]


def _read(client: PrometheusClient, objectives: Sequence[Objective], step_s: float) -> _Series:
    def ask(expression: str) -> dict[Key, float]:
        return {
            (one.labels.get("objective", ""), one.labels.get("limit", "")): one.value
            for one in client.query(expression)
        }

    windows = ("1h", BUDGET_WINDOW)
    alerts: dict[str, frozenset[Key]] = {}
    for alert in objective_alerts(objectives):
        alerts[alert.name] = alerts.get(alert.name, frozenset()) | ask(alert.expression).keys()
    return _Series(
        bad={it: ask(f"kit:objective_bad:ratio_rate{it}") for it in (*WINDOWS, BUDGET_WINDOW)},
        requests={
            it: ask(f"sum_over_time(kit:objective_requests:rate5m[{it}]) * {step_s:g}") for it in windows
        },
        burn={it: ask(f"kit:objective_burn:rate{it}") for it in ("1h", "6h")},
        left=ask("kit:objective_budget_left:ratio"),
        alerts=alerts,
    )


def _state(limit: Limit, series: _Series) -> ObjectiveState:
    key = (limit.name, limit.kind)
    bad_1h, bad = series.bad["1h"].get(key), series.bad[BUDGET_WINDOW].get(key)
    requests = round(series.requests[BUDGET_WINDOW].get(key, 0.0))
    state = _judged(limit, series, requests)
    return ObjectiveState(
        objective=limit.name,
        service=limit.objective.service,
        endpoint=limit.objective.endpoint or None,
        limit="p99" if limit.kind == P99 else "success",
        target=limit.target,
        threshold_ns=None if limit.threshold is None else limit.threshold.milliseconds * _NANOSECONDS,
        requests_1h=round(series.requests["1h"].get(key, 0.0)),
        requests=requests,
        good_1h=None if bad_1h is None else 1 - bad_1h,
        good=None if bad is None else 1 - bad,
        budget_left=series.left.get(key),
        burn_1h=series.burn["1h"].get(key),
        burn_6h=series.burn["6h"].get(key),
        state=state,
        window=_window(limit, series) if state.spends else None,
        spent_by=None,
    )


def _judged(limit: Limit, series: _Series, requests: int) -> State:
    key = (limit.name, limit.kind)
    left = series.left.get(key)
    few = requests < min(_MOST_NEEDED, round(1 / limit.allowed))
    if left is None:
        return State.NOT_ENOUGH_DATA
    if left < 0 and not few:
        return State.OVERSPENT
    # An active alert sends its reader here, so it is shown however few the requests are.
    for alert, state in (("ObjectiveBurnsFast", State.BURNS_FAST), ("ObjectiveBurns", State.BURNS)):
        if key in series.alerts.get(alert, frozenset()):
            return state
    return State.NOT_ENOUGH_DATA if few else State.MET


def _window(limit: Limit, series: _Series) -> str | None:
    """Return the shortest window with more bad requests than allowed; a short one shows what happens now."""
    key = (limit.name, limit.kind)
    for window in ("1h", "6h", "1d", "3d", BUDGET_WINDOW):
        if series.bad[window].get(key, 0.0) > limit.allowed:
            return window
    return None
