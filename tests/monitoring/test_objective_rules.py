"""Objectives as rules of Prometheus: what is recorded, and which alert fires, evaluated by promtool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.components.prometheus.rule_files import ALERTS, RECORDING
from kit.provision import Program
from tests.monitoring.promtool import Promtool
from tests.monitoring.test_alerts import SPEC, rendered

HOUR = 60
DAY = 24 * HOUR
CALLS = "traces_span_metrics_calls_total"
COUNT, BUCKET = "traces_span_metrics_duration_seconds_count", "traces_span_metrics_duration_seconds_bucket"
FAST, SLOW = "ObjectiveBurnsFast", "ObjectiveBurns"
Expected = Mapping[str, float | None]
GOOD, ERROR = "STATUS_CODE_UNSET", "STATUS_CODE_ERROR"
# A strange name for an endpoint: quotes, braces, a template, characters that end a line in YAML.
STRANGE = 'GET /"a\\b"/{id}/{{ $value }}/$1/ü\u0085\u2028😀'

pytestmark = pytest.mark.native


@pytest.fixture
def promtool(prometheus: Program, tmp_path: Path) -> Promtool:
    return Promtool(prometheus, tmp_path)


def _calls(
    status: str = GOOD, *, metric: str = CALLS, kind: str = "SERVER", service: str = "coupon-api", **more: str
) -> str:
    labels = {"service_name": service, "span_name": "POST /coupons", "span_kind": f"SPAN_KIND_{kind}"}
    labels |= {"status_code": status, **more}
    return f"{metric}{{{','.join(f'{key}={_escaped(value)}' for key, value in labels.items())}}}"


def _escaped(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _case(series: dict[str, str], minute: int, expected: Expected, *, up: str = "1x9000") -> dict[str, Any]:
    """Series, the minute of a look at them, and the value that each expression has then; None: no result."""
    return {
        "interval": "1m",
        "input_series": [
            {"series": key, "values": values}
            for key, values in ({'up{job="prometheus"}': up} | series).items()
        ],
        "promql_expr_test": [
            {
                "expr": f"round(({expression}) * 1e6) / 1e6",
                "eval_time": f"{minute}m",
                "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
            }
            for expression, value in expected.items()
        ],
    }


def _fires(alert: str, limit: str = "success", window: str = "") -> str:
    matchers = f'alertname="{alert}",alertstate="firing",limit="{limit}"' + (
        f',window="{window}"' if window else ""
    )
    return f"count(ALERTS{{{matchers}}}) or vector(0)"


def _bad(window: str, limit: str = "success") -> str:
    return f'sum(kit:objective_bad:ratio_rate{window}{{limit="{limit}"}})'


def _failing(percent: float, minutes: int) -> dict[str, str]:
    """1,000 calls a minute, some of which fail."""
    errors = round(10 * percent)
    return {_calls(): f"0+{1000 - errors}x{minutes}", _calls(ERROR): f"0+{errors}x{minutes}"}


def _run(promtool: Promtool, *cases: dict[str, Any], objectives: str = "") -> None:
    files = rendered(SPEC + objectives)
    promtool.test_rules(files[ALERTS], cases, files[RECORDING])


def test_shares_of_bad_requests(promtool: Promtool) -> None:
    steady = _failing(0.5, DAY)
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
    _run(
        promtool,
        _case(steady, DAY, {_bad(window): 0.005 for window in windows}),
        _case(
            steady,
            DAY,
            {
                'sum(kit:objective_burn:rate1h{limit="success"})': 0.5,
                'sum(kit:objective_budget_left:ratio{limit="success"})': 0.5,
                'sum(kit:objective_target:ratio{limit="success"})': 0.99,
                'sum(kit:objective_threshold:seconds{objective="coupon-api",service_name="coupon-api"})': 0.4,
            },
        ),
        # Half of the time all fail.
        _case(
            {_calls(): "0+100x60 6000x60", _calls(ERROR): "0x60 0+100x60"},
            120,
            {f"{_bad('2h')} > bool 0.47": 1, f"{_bad('2h')} < bool 0.53": 1, _bad("5m"): 1},
        ),
    )


def test_without_traffic_there_is_no_result_and_no_alert(promtool: Promtool) -> None:
    nothing: Expected = {_bad("5m"): None, _bad("30d"): None, _fires(FAST): 0, _fires(SLOW): 0}
    stopped = {_calls(): "0+100x30 3000x200", _calls(ERROR): "0+1x30 30x200"}
    _run(
        promtool,
        _case({}, 60, nothing),
        # Known, but without a request.
        _case({_calls(): "0x100", _calls(ERROR): "0x100"}, 60, nothing),
        _case(stopped, 200, {_bad("5m"): None, _bad("1h"): None, _bad("6h"): 0.009901, _fires(FAST): 0}),
        # Others: another service, and what is no request.
        _case({_calls(service="other"): "0+9x90", _calls(ERROR, service="other"): "0+9x90"}, 60, nothing),
        _case({_calls(kind="CLIENT"): "0+9x90", _calls(ERROR, kind="INTERNAL"): "0+9x90"}, 60, nothing),
    )


def test_first_failures_count(promtool: Promtool) -> None:
    calls = {_calls(): "0+100x400"}

    def failed(values: str) -> dict[str, str]:
        return {**calls, _calls(ERROR): values}

    count = 'round(300 * sum(kit:objective_bad:rate5m{limit="success"}))'
    _run(
        promtool,
        _case(failed("_x60 3x100"), 63, {count: 3}),
        _case(failed("_x60 3 4 5x100"), 63, {f"{count} >= bool 5": 1}),
        _case(failed("_x60 3x100"), 70, {count: 0}),
        # The collector forgot the series for an hour, and begins it again.
        _case(failed("0+1x60 _x60 2x100"), 123, {count: 2}),
        # The collector was restarted.
        _case(failed("500x60 2x100"), 63, {f"{count} >= bool 2": 1, f"{count} <= bool 3": 1}),
        # Prometheus was stopped: the value is old.
        _case({_calls(): "900x60 _x60 900x100", _calls(ERROR): "500x60 _x60 500x100"}, 123, {count: 0},
              up="1x60 _x60 1x100"),
    )  # fmt: skip


def test_consumers_are_requests_too(promtool: Promtool) -> None:
    series = {
        _calls(kind="CONSUMER", service="coupon-issuer"): "0+90x100",
        _calls(ERROR, kind="CONSUMER", service="coupon-issuer"): "0+10x100",
    }
    objective = "objectives: [{service: coupon-issuer, success: 95%}]\n"
    _run(promtool, _case(series, 60, {_bad("5m"): 0.1}), objectives=objective)


@pytest.mark.parametrize(
    ("percent", "minutes", "fast", "slow"),
    [
        (0.9, 4 * DAY, 0, []),
        (20, 2 * HOUR, 1, ["6h", "1d", "3d"]),
        (7, 7 * HOUR, 0, ["6h", "1d", "3d"]),
        (4, DAY, 0, ["1d", "3d"]),
        (2, 3 * DAY, 0, ["3d"]),
    ],
)
def test_burn_rates(promtool: Promtool, percent: float, minutes: int, fast: int, slow: list[str]) -> None:
    expected = {_fires(SLOW, window=window): int(window in slow) for window in ("6h", "1d", "3d")}
    _run(promtool, _case(_failing(percent, minutes), minutes, {_fires(FAST): fast, **expected}))


def test_a_burst_that_is_over_is_silent(promtool: Promtool) -> None:
    series = {_calls(): "0+1000x60 60000x30 60000+1000x60", _calls(ERROR): "0x60 0+1000x30 30000x60"}
    _run(
        promtool,
        _case(series, 88, {_fires(FAST): 1}),
        _case(series, 105, {_fires(FAST): 0}),
        # One failure of 1,000 calls.
        _case({_calls(): "0+1000x90", _calls(ERROR): "0x60 1x30"}, 62, {_fires(FAST): 0, _fires(SLOW): 0}),
    )


def test_an_outage_is_reported_fast_though_much_may_fail(promtool: Promtool) -> None:
    half = "objectives: [{service: coupon-api, success: 50%}]\n"
    _run(promtool, _case(_failing(100, 60), 60, {_fires(FAST): 1}), objectives=half)
    _run(promtool, _case(_failing(60, 60), 60, {_fires(FAST): 0}), objectives=half)


def test_an_objective_of_all(promtool: Promtool) -> None:
    all_ = "objectives: [{service: coupon-api, success: 100%}]\n"
    left = "sum(kit:objective_budget_left:ratio)"
    _run(
        promtool,
        _case(_failing(0, 60), 60, {left: 1, _fires(FAST): 0}),
        _case(_failing(0.1, 60), 60, {left: -999, _fires(FAST): 1}),
        objectives=all_,
    )


@pytest.mark.parametrize(("limit", "edge"), [("400ms", "0.4"), ("2s", "2"), ("2s", "2.0"), ("1ms", "0.001")])
def test_slow_requests(promtool: Promtool, limit: str, edge: str) -> None:
    def durations(edge: str) -> dict[str, str]:
        return {
            _calls(metric=COUNT): "0+100x90",
            _calls(metric=BUCKET, le=edge): "0+80x90",
            _calls(metric=BUCKET, le="+Inf"): "0+100x90",
        }

    _run(
        promtool,
        _case(durations(edge), 60, {_bad("1h", "p99"): 0.2, _fires(FAST, "p99"): 1, _fires(FAST): 0}),
        # Without the bucket nothing is known.
        _case(durations("7"), 60, {_bad("1h", "p99"): None, _fires(FAST, "p99"): 0}),
        objectives=f"objectives: [{{service: coupon-api, p99: {limit}}}]\n",
    )


def test_a_removed_objective_is_silent(promtool: Promtool) -> None:
    labels = '{objective="gone",limit="success",service_name="gone"}'
    series = {f"kit:objective_{name}:rate5m{labels}": "1x90" for name in ("bad", "requests")}
    _run(promtool, _case(series, 60, {_bad("1h"): None, _fires(FAST): 0}))


def test_any_name(promtool: Promtool) -> None:
    objective = {"service": 'it\'s-"mine"-{{x}}-$1', "endpoint": STRANGE, "success": "99%"}
    own = {"name": "it's", "run": ["true"], "image": "a:1"}
    objective["service"] = own["name"] = "shop"
    spec = yaml.safe_dump({"services": [own], "objectives": [objective]}, allow_unicode=False)
    calls = {
        _calls(service="shop", span_name=STRANGE): "0+50x90",
        _calls(ERROR, service="shop", span_name=STRANGE): "0+50x90",
        _calls(ERROR, service="shop", span_name="GET /other"): "0+50x90",
    }
    case = _case(calls, 60, {_bad("1h"): 0.5})
    case["alert_rule_test"] = [
        {
            "eval_time": "60m",
            "alertname": FAST,
            "exp_alerts": [
                {
                    "exp_labels": {
                        "severity": "critical",
                        "limit": "success",
                        "service_name": "shop",
                        "objective": f"shop {STRANGE}",
                    },
                    "exp_annotations": {
                        "summary": f"shop {STRANGE}, limit success: 50% of the requests of 1h were bad, "
                        "far more than the objective allows",
                        "runbook": "kit slo, then kit traces slowest --service 'shop', "
                        "and kit traces endpoints --service 'shop'",
                    },
                }
            ],
        }
    ]
    _run(promtool, case, objectives=spec)
