"""Each fault of the samples shows on the panel that the docs name: the same load with the faults, and without them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from dashboards.boards import BOARDS
from dashboards.expressions import expressions
from kit.provision import Program
from sample_services.fault_names import Fault
from tests.monitoring.asking import query
from tests.native.trial import Trial, on_trial

pytestmark = [pytest.mark.native, pytest.mark.alone]

SPEC = "monitoring: {enabled: true, interval: 1s}\nnative: {monitoring: true, storage: memory}"


@dataclass(frozen=True, slots=True)
class Shown:
    """The panel of a fault, the line on it, and the least factor between its values with the fault and without it."""

    board: str
    panel: str
    labels: Mapping[str, str]
    factor: float
    # The median instead of the panel's p99: the first entry of a process is slow in both runs.
    median: bool = False


API = {"service_name": "coupon-api"}
PANELS = {
    Fault.SLOW_CONSUMER: Shown(
        "queues", "Wait in the queue, p99", {"messaging_destination_name": "coupon.requests"}, 2
    ),
    Fault.N_PLUS_ONE: Shown("services", "SQL statements per request", API, 3),
    Fault.POOL_TOO_SMALL: Shown(
        "services",
        "Wait for a connection, p99",
        {**API, "db_client_connection_pool_name": "coupons.db"},
        2,
    ),
    Fault.CACHE_STAMPEDE: Shown("coupons", "Cache hit ratio", {}, 0.9),
    Fault.SERIAL_CALLS: Shown(
        "queues", "Time to process, p99", {"messaging_destination_name": "coupon.issued"}, 2, median=True
    ),
}
Values = dict[Fault, float]


@pytest.fixture(scope="module")
def values(prometheus: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Values, Values]]:
    """The values of the panels without any fault, and with all of them."""
    del prometheus
    with on_trial(tmp_path_factory.mktemp("panels") / "deployment", SPEC) as trial:
        yield tuple(_values_with(trial, faults) for faults in ("", ",".join(PANELS)))  # type: ignore[misc]


def _values_with(trial: Trial, faults: str) -> Values:
    trial.restart(faults)
    trial.load("prepare_lists")
    # Series exist now, so that the rates of the load count from its beginning.
    time.sleep(3)
    began = time.monotonic()
    trial.load("browsing", "coupons")
    time.sleep(3)
    window = f"{math.ceil(time.monotonic() - began)}s"
    return {fault: _value(trial, shown, window) for fault, shown in PANELS.items()}


def _value(trial: Trial, shown: Shown, window: str) -> float:
    """Return the value of the panel's line over the load; of several expressions, that of the last one."""
    board = next(board for board in BOARDS if board.name == shown.board)
    promql = [
        one.promql for one in expressions(board, window) if one.name.rpartition(": ")[0] == shown.panel
    ][-1]
    if shown.median:
        promql = promql.replace("histogram_quantile(0.99,", "histogram_quantile(0.5,")
    found = [
        float(series["value"][1])
        for series in query(trial.stack.prometheus, promql)
        if shown.labels.items() <= series["metric"].items()
    ]
    assert len(found) == 1, (promql, query(trial.stack.prometheus, promql))
    return found[0]


@pytest.mark.parametrize("fault", PANELS)
def test_a_fault_shows_on_its_panel(values: tuple[Values, Values], fault: Fault) -> None:
    without, with_it = values[0][fault], values[1][fault]
    factor = PANELS[fault].factor
    assert with_it > without * factor if factor > 1 else with_it < without * factor, values


def test_every_fault_has_a_panel() -> None:
    assert set(PANELS) == set(Fault)
