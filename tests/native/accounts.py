"""The accounts of a native stack: what the SDKs sent, and the rows that are in the database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cassandra.cluster import Cluster, Session

from kit.operate.runtimes import running
from kit.operate.verify.counters import Counters, Passed, read_counters
from tests.native.stack import Stack
from tests.patience import PATIENCE_S


@dataclass(frozen=True)
class Rows:
    """The `traces` table: rows, and different spans among them, by service."""

    rows: Counter[str]
    spans: Counter[str]


@contextmanager
def database(stack: Stack) -> Iterator[Session]:
    """A session in the keyspace of its traces."""
    driver = Cluster(["127.0.0.1"], port=stack.cql_port, protocol_version=4)
    try:
        yield driver.connect("jaeger_coupons")
    finally:
        driver.shutdown()


def rows_of(stack: Stack) -> Rows:
    with database(stack) as session:
        rows = list(session.execute("SELECT trace_id, span_id, process FROM traces"))
    keys = {(row.trace_id, row.span_id): row.process.service_name for row in rows}
    return Rows(Counter(row.process.service_name for row in rows), Counter(keys.values()))


def counters_of(stack: Stack) -> Counters:
    return read_counters(running(stack.folder / "kit.yaml"))


def passed_by(counters: Counters, component: str) -> Passed:
    passed = counters.components[component]
    assert passed is not None, f"{component} does not answer"
    return passed


def settled(stack: Stack, seconds: float = PATIENCE_S) -> Counters:
    """The counters once nothing is under way at any hop."""
    deadline = time.monotonic() + seconds
    while True:
        now = counters_of(stack)
        waiting = {name: one.waiting if one else -1 for name, one in now.components.items()}
        if not any(waiting.values()):
            return now
        assert time.monotonic() < deadline, waiting
        time.sleep(0.3)
