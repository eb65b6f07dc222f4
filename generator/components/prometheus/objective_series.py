"""Recorded series about objectives: the share of bad requests, and how fast it spends what is allowed.

A request is a span that begins a service's work: a server's or a consumer's, as in `kit traces endpoints`. Their number
comes from the collector's span metrics, which are counted before sampling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.components.prometheus.promql import quoted
from generator.components.prometheus.recording import Recorded
from generator.components.services.plan import Objective
from generator.spec.quantities import Duration

CALLS = "traces_span_metrics_calls_total"
DURATION = "traces_span_metrics_duration_seconds"
SUCCESS, P99 = "success", "p99"
# Windows of the burn-rate alerts, and of the budget: the usual ones of Google's SRE workbook, chapter 5.
WINDOWS = ("30m", "1h", "2h", "6h", "1d", "3d")
BUDGET_WINDOW = "30d"
# Of requests and bad requests. All longer windows add up these series: the raw ones would be too many over a month.
_STEP = "5m"
_STEP_SECONDS = 300
_KNOWN = "1d"
_ALLOWED_SLOW = 0.01
# An objective of 100 % allows nothing. One in a million, the spec's finest step, gives it a burn rate.
_LEAST_ALLOWED = 1e-6


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of an objective.

    Attributes:
        objective: Name of the objective: the service, and the endpoint if it has one.
        kind: `success` or `p99`.
        target: Share of good requests that is promised, 0 to 1.
        allowed: Share of requests that may be bad, 0 to 1.
        threshold: Duration above which a request is bad; None for `success`.
    """

    objective: Objective
    kind: str
    target: float
    allowed: float
    threshold: Duration | None = None

    @property
    def name(self) -> str:
        """Name of the objective in the label `objective`."""
        return f"{self.objective.service} {self.objective.endpoint}".strip()


def limits_of(objectives: Sequence[Objective]) -> Iterator[Limit]:
    """Return the limits of some objectives, in their order."""
    for objective in objectives:
        if objective.success is not None:
            share = objective.success.millionths / 1_000_000
            allowed = (1_000_000 - objective.success.millionths) / 1_000_000
            yield Limit(objective, SUCCESS, share, max(allowed, _LEAST_ALLOWED))
        if objective.p99 is not None:
            yield Limit(objective, P99, 1 - _ALLOWED_SLOW, _ALLOWED_SLOW, objective.p99)


def objective_series(objectives: Sequence[Objective]) -> Iterator[Recorded]:
    """Record the state of objectives; nothing without one."""
    limits = list(limits_of(objectives))
    for limit in limits:
        yield from _counted(limit)
    if not limits:
        return
    # Series of a removed objective are in Prometheus until the retention ends, and must not raise alerts.
    known = "and kit:objective_target:ratio"
    yield Recorded(
        f"kit:objective_bad:ratio_rate{_STEP}",
        f"kit:objective_bad:rate{_STEP} / (kit:objective_requests:rate{_STEP} > 0) {known}",
    )
    for window in (*WINDOWS, BUDGET_WINDOW):
        bad, all_ = (
            f"sum_over_time(kit:objective_{what}:rate{_STEP}[{window}])" for what in ("bad", "requests")
        )
        yield Recorded(f"kit:objective_bad:ratio_rate{window}", f"{bad} / ({all_} > 0) {known}")
    for window in ("1h", "6h"):
        yield Recorded(
            f"kit:objective_burn:rate{window}",
            f"kit:objective_bad:ratio_rate{window} / kit:objective_allowed:ratio",
        )
    yield Recorded(
        "kit:objective_budget_left:ratio",
        f"1 - kit:objective_bad:ratio_rate{BUDGET_WINDOW} / kit:objective_allowed:ratio",
    )


def _counted(limit: Limit) -> Iterator[Recorded]:
    labels = {"objective": limit.name, "limit": limit.kind, "service_name": limit.objective.service}
    yield Recorded("kit:objective_target:ratio", f"vector({_number(limit.target)})", labels)
    yield Recorded("kit:objective_allowed:ratio", f"vector({_number(limit.allowed)})", labels)
    if limit.threshold is None:
        all_ = exists = _series(CALLS, limit)
        bad = _grown(_series(CALLS, limit, 'status_code="STATUS_CODE_ERROR"'))
    else:
        seconds = decimal_seconds(limit.threshold)
        yield Recorded("kit:objective_threshold:seconds", f"vector({seconds})", labels)
        all_ = _series(f"{DURATION}_count", limit)
        # Without this bucket nothing is known: no request may count as slow then.
        exists = _series(f"{DURATION}_bucket", limit, _edge(seconds))
        bad = f"clamp_min({_grown(all_)} - ({_grown(exists)}), 0)"
    # Both exist at the same times, so that their sums over a longer window are of the same requests.
    for name, count in (("requests", _grown(all_)), ("bad", bad)):
        a_second = f"({count}) / {_STEP_SECONDS}"
        yield Recorded(f"kit:objective_{name}:rate{_STEP}", f"{a_second} and on() {exists}", labels)


def decimal_seconds(duration: Duration) -> str:
    """Return a duration in seconds, in the shortest decimal form, such as `0.4`: as in the label of a bucket."""
    whole, rest = divmod(duration.milliseconds, 1000)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)


def _edge(seconds: str) -> str:
    # Pushed: le="1". Scraped: le="1.0".
    return f'le="{seconds}"' if "." in seconds else f'le=~"{seconds}(\\\\.0)?"'


def _series(metric: str, limit: Limit, more: str = "") -> str:
    about = limit.objective
    matchers = [f"service_name={quoted(about.service)}", 'span_kind=~"SPAN_KIND_(SERVER|CONSUMER)"']
    matchers += [f"span_name={quoted(about.endpoint)}"] if about.endpoint else []
    matchers += [more] if more else []
    return f"{metric}{{{','.join(matchers)}}}"


def _grown(series: str) -> str:
    """Return the growth of counters within the step, with the first value of new series.

    The first failure of an endpoint begins a series with the value 1, which `increase` does not see. A series is new
    if it did not exist before the step, while Prometheus ran and could have seen it. If Prometheus did not run then, a
    series is new if it was not seen for a day.
    """
    seen = f"last_over_time({series}[{_KNOWN}] offset {_STEP})"
    blind = f'{seen} unless on() up{{job="prometheus"}} offset {_STEP}'
    first = f"min_over_time({series}[{_STEP}])"
    new = f"{first} unless {series} offset {_STEP} unless ({blind})"
    return f"(sum(increase({series}[{_STEP}])) or vector(0)) + (sum({new}) or vector(0))"


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
