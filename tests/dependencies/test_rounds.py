"""The scheduled rounds: what is computed, and what an outage of the database does. The tables are a stand-in's."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest

from kit.errors import MachineError
from kit.operate.dependencies import rounds
from kit.operate.dependencies.round_metrics import RoundMetrics
from kit.operate.dependencies.windows import SECOND, WINDOW, Window
from kit.operate.metrics import Metrics
from tests.dependencies.test_edges import FakeTables
from tests.patience import ANSWER_S


class Watched(FakeTables):
    """Notes which windows were asked for; ends the rounds after some."""

    def __init__(self, newest: int | None, rounds_wanted: int) -> None:
        super().__init__([])
        self.newest_row, self.left = newest, rounds_wanted
        self.asked: list[list[Window]] = []
        self.fails_at: list[int] = []

    def services(self) -> list[str]:
        self.asked.append([])
        return []

    def trace_ids(self, services: Sequence[str], window: Window) -> Iterator[bytes]:
        self.asked[-1].append(window)
        if len(self.asked) in self.fails_at and len(self.asked[-1]) == 2:
            raise MachineError("the database does not answer")
        return iter(())

    def newest(self, window: Window) -> int | None:
        return self.newest_row


def go(
    monkeypatch: pytest.MonkeyPatch,
    tables: Watched,
    refusals: int = 0,
    metrics: RoundMetrics | None = None,
) -> int:
    """Run until the tables have seen enough rounds; answers how often it was connected."""
    connected = 0

    @contextmanager
    def connect() -> Iterator[object]:
        nonlocal connected
        connected += 1
        if connected <= refusals:
            raise MachineError("no database answers")
        yield object()

    def paused(_: float) -> None:
        tables.left -= 1
        if tables.left <= 0:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(time, "sleep", paused)
    monkeypatch.setattr(rounds, "Tables", lambda *_: tables)
    before = signal.getsignal(signal.SIGTERM)
    rounds.keep_up(connect, "jaeger", 300.0, metrics)
    assert signal.getsignal(signal.SIGTERM) is before
    return connected


def now() -> int:
    return time.time_ns() // 1000


def test_the_first_round_looks_back_an_hour_and_the_next_two_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Watched(None, 2)
    go(monkeypatch, tables)
    first, second = tables.asked
    assert len(first) in (12, 13)
    assert second[0].start <= now() - 2 * WINDOW < second[0].end
    assert second[-1].start <= now() < second[-1].end


def test_what_was_missed_while_it_did_not_run_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = (now() - 3 * 3600 * SECOND) // WINDOW * WINDOW
    tables = Watched(stopped, 1)
    go(monkeypatch, tables)
    assert tables.asked[0][0].start == stopped - 2 * WINDOW


def test_but_not_more_than_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Watched(now() - 40 * 3600 * SECOND, 1)
    go(monkeypatch, tables)
    assert len(tables.asked[0]) in (288, 289)


def test_a_database_that_does_not_answer_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = Watched(None, 4)
    assert go(monkeypatch, tables, refusals=2) == 3
    assert capsys.readouterr().err.count("no database answers; trying again") == 2
    assert len(tables.asked) == 2


def test_a_round_that_breaks_off_is_done_again_from_where_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Watched(None, 3)
    tables.fails_at = [1]
    assert go(monkeypatch, tables) == 2
    broken, again, _ = tables.asked
    assert len(broken) == 2
    assert again[0] == broken[0]


def test_a_window_in_which_traces_are_gone_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Watched(None, 1)
    edge = Counter({("a", "b"): 3})
    window = Window(now() // WINDOW * WINDOW, now() // WINDOW * WINDOW + WINDOW)
    tables.rows[window] = edge  # type: ignore[assignment]
    go(monkeypatch, tables)
    assert (tables.rows, tables.writes) == ({window: edge}, 0)


def test_rounds_are_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = RoundMetrics()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    metrics.serve(f"127.0.0.1:{port}")
    began = time.time()
    go(monkeypatch, Watched(None, 4), refusals=2, metrics=metrics)
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=ANSWER_S, trust_env=False).text
    found = Metrics.parse(text)
    (failed,) = found.all("kit_dependencies_failed_rounds")
    (computed,) = found.all("kit_dependencies_computed_timestamp_seconds")
    assert failed.value == 2
    assert began <= computed.value <= time.time()


def test_without_a_round_the_graph_gets_older(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = RoundMetrics()
    before = metrics.registry.get_sample_value("kit_dependencies_computed_timestamp_seconds")
    go(monkeypatch, Watched(None, 3), refusals=3, metrics=metrics)
    assert metrics.registry.get_sample_value("kit_dependencies_computed_timestamp_seconds") == before


@pytest.mark.parametrize("address", ["127.0.0.1:x", "127.0.0.1", "127.0.0.1:99999", "203.0.113.1:9464"])
def test_an_address_that_can_not_be_opened(address: str) -> None:
    with pytest.raises(MachineError, match="metrics can't be served"):
        RoundMetrics().serve(address)
