"""The server of an exporter: what it does with a source that fails, is slow, or has a defect."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from prometheus_client.core import GaugeMetricFamily, Metric

from kit.operate.inside.exporters.reachability import Reachability
from kit.operate.inside.exporters.server import Read, budget, server_at
from tests.patience import ANSWER_S


@contextmanager
def _served(read: Read) -> Iterator[httpx.Client]:
    with server_at("127.0.0.1:0", read) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            with httpx.Client(base_url=url, timeout=ANSWER_S, trust_env=False) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()


def _one(seconds: float) -> Iterator[Metric]:
    yield GaugeMetricFamily("given_seconds", "The time of a read.", seconds)


def test_each_request_reads_the_source() -> None:
    reads: list[float] = []

    def read(seconds: float) -> Iterator[Metric]:
        reads.append(seconds)
        return _one(seconds)

    with _served(read) as client:
        answer = client.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "2"})
        assert "given_seconds 1.4\n" in answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        client.get("/metrics?name[]=x")
        assert len(reads) == 2
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/").status_code == 404
        assert len(reads) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("1", 0.7), ("10", 7.0), ("60", 7.0), ("", 7.0), ("soon", 7.0), ("nan", 0.1), ("-3", 0.1), ("0", 0.1)],
)
def test_a_read_ends_before_prometheus_gives_up(header: str, seconds: float) -> None:
    assert budget(header) == pytest.approx(seconds)


def test_a_defect_is_one_line_and_not_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    broken = [True]

    def read(seconds: float) -> Iterator[Metric]:
        if broken:
            raise KeyError("first-entry")
        return _one(seconds)

    with _served(read) as client:
        answer = client.get("/metrics")
        assert (answer.status_code, answer.text) == (500, "KeyError: 'first-entry'\n")
        broken.clear()
        assert client.get("/metrics").status_code == 200
    said = capfd.readouterr().err
    assert said == "error: the metrics can't be read: KeyError: 'first-entry'\n"


def test_a_second_read_does_not_wait_for_a_slow_one() -> None:
    entered, leave = threading.Event(), threading.Event()

    def read(seconds: float) -> Iterator[Metric]:
        entered.set()
        assert leave.wait(ANSWER_S)
        return _one(seconds)

    with _served(read) as client:
        first = threading.Thread(target=client.get, args=("/metrics",))
        first.start()
        assert entered.wait(ANSWER_S)
        answer = client.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "0.2"})
        assert answer.status_code == 503
        assert client.get("/healthz").status_code == 200
        leave.set()
        first.join()


def test_a_client_that_leaves_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    entered, leave = threading.Event(), threading.Event()

    def read(_: float) -> Iterator[Metric]:
        entered.set()
        assert leave.wait(ANSWER_S)
        # More than a socket's buffer, so that the answer meets the closed connection.
        yield GaugeMetricFamily("long", "x" * (32 << 20), 1)

    with _served(read) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as leaving:
            leaving.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            assert entered.wait(ANSWER_S)
        leave.set()
        time.sleep(0.5)
        assert client.get("/healthz").status_code == 200
    assert capfd.readouterr().err == ""


def test_a_state_is_logged_when_it_changes(capfd: pytest.CaptureFixture[str]) -> None:
    state = Reachability("Redis at redis:6379")
    steps: list[Callable[[], None]] = [
        state.answers, lambda: state.fails("refused"), lambda: state.fails("timed out"), state.answers, state.answers,
        lambda: state.fails(""), lambda: state.fails(""),
    ]  # fmt: skip
    for step in steps:
        step()
    assert capfd.readouterr().err.splitlines() == [
        "Redis at redis:6379 does not answer: refused",
        "Redis at redis:6379 answers again",
        "Redis at redis:6379 does not answer: ",
    ]
