"""The dashboards on a running deployment: no panel is empty after a short load, and each dot leads to a trace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboards.boards import BOARDS
from dashboards.expressions import Expression, expressions
from kit.provision import Program
from tests.monitoring.asking import ask
from tests.native.stack import Stack, running
from tests.patience import ANSWER_S, until

pytestmark = pytest.mark.native

SPEC = "monitoring: {enabled: true, interval: 1s}\nnative: {monitoring: true}"
# ScyllaDB is in no package registry: natively Cassandra runs in its place, with a dashboard of its own.
WITHOUT_DATA = {"storage-scylla"}
# Red Hat's kernels do not count it.
PRESSURE = Path("/proc/pressure/cpu").exists()
EVERY = [
    one
    for board in BOARDS
    if board.name not in WITHOUT_DATA
    for one in expressions(board)
    if PRESSURE or "node_pressure" not in one.promql
]
DOTS = [
    (board.name, panel.title, query.expression)
    for board in BOARDS
    for row in board.rows
    for panel in row.panels
    for query in panel.queries
    if query.exemplars
]


@pytest.fixture(scope="module")
def stack(prometheus: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # Built before the start, which would otherwise wait for it.
    del prometheus
    with running(tmp_path_factory.mktemp("dashboards") / "stack", SPEC) as stack:
        # Rates need counts at two different times.
        for _ in range(3):
            _shop(stack)
            time.sleep(3)
        yield stack


def _shop(stack: Stack) -> None:
    """Ask for coupons, once too often for one user, and look at the campaign."""
    with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
        campaign = (
            client.post("/campaigns", json={"name": "spring", "stock": 5}).raise_for_status().json()["id"]
        )
        for user in ("ada", "bob", "ada", "eve"):
            client.post(f"/campaigns/{campaign}/coupons", json={"user_id": user}).raise_for_status()
            client.get(f"/campaigns/{campaign}").raise_for_status()


def test_no_panel_is_empty(stack: Stack) -> None:
    empty: list[Expression] = list(EVERY)

    def all_have_data() -> bool:
        _shop(stack)
        empty[:] = [one for one in empty if not ask(stack.prometheus, "query", query=one.promql)["result"]]
        return not empty

    until(all_have_data, lambda: [(one.board, one.name, one.promql) for one in empty])


@pytest.mark.parametrize(("board", "title", "expression"), DOTS)
def test_a_dot_leads_to_a_trace(stack: Stack, board: str, title: str, expression: str) -> None:
    promql = next(one.promql for one in EVERY if one.board == board and one.name.startswith(f"{title}: "))
    assert "histogram_quantile" in expression
    found: list[str] = []

    def is_in_jaeger() -> bool:
        now = time.time()
        series = ask(stack.prometheus, "query_exemplars", query=promql, start=now - 600, end=now)
        found[:] = [dot["labels"]["trace_id"] for one in series for dot in one["exemplars"]]
        return any(_trace(stack, trace_id) for trace_id in found[-20:])

    until(is_in_jaeger, lambda: (promql, found))


def _trace(stack: Stack, trace_id: str) -> bool:
    return httpx.get(f"{stack.jaeger}/api/traces/{trace_id}", timeout=ANSWER_S, trust_env=False).is_success
