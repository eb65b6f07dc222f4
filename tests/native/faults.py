"""A fault under load, and the accounts of it: every span accounted for, no coupon too many, every request decided.

Spans are compared by service: what the SDK counts as exported, which the collector acknowledged, must be rows in
the database, each once. The counts are the SDKs' own and the database's, not the kit's.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from kit.operate.native.home import Home
from kit.operate.native.supervisor import Supervisor
from kit.operate.verify.counters import Counters
from tests.native.accounts import Rows, passed_by, rows_of, settled
from tests.native.load import Load
from tests.native.stack import Stack
from tests.patience import ANSWER_S, PATIENCE_S

SERVICES = ("coupon-api", "coupon-issuer", "coupon-notifier")


def supervisor(stack: Stack) -> Supervisor:
    found = Supervisor.find(Home.of(stack.folder))
    assert found is not None
    return found


def kill(stack: Stack, name: str) -> None:
    os.kill(supervisor(stack).seen()[name].pid, signal.SIGKILL)


@contextmanager
def hung(stack: Stack, name: str) -> Iterator[None]:
    """The component neither runs nor ends while the block lasts."""
    pid = supervisor(stack).seen()[name].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def all_ready(stack: Stack, seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not stack.status()["ok"]:
        assert time.monotonic() < deadline, stack.status()
        time.sleep(0.3)


def stopped_for(stack: Stack, name: str, seconds: float) -> None:
    supervisor(stack).stop([name], 60)
    time.sleep(seconds)
    supervisor(stack).launch(name)


def under_load(stack: Stack, fault: Callable[[], None]) -> tuple[Counters, Rows, Load]:
    """Put the load on, let the fault happen, and wait until all is well again; answers what was before."""
    before, rows = settled(stack), rows_of(stack)
    with Load(stack) as load:
        time.sleep(1.5)
        fault()
        all_ready(stack)
        time.sleep(1.5)
    check_requests(stack, load)
    return before, rows, load


def check_requests(stack: Stack, load: Load) -> None:
    """Each accepted request has an outcome, the campaign is not over-issued, nobody has two, all is delivered once."""
    outcomes = load.outcomes()
    delivered = [request for request, outcome in outcomes.items() if outcome == "delivered"]
    assert len(delivered) <= load.stock
    assert set(outcomes.values()) <= {"delivered", "sold_out", "already_issued"}
    campaigns = httpx.get(f"{stack.api}/campaigns", timeout=ANSWER_S, trust_env=False).json()
    (campaign,) = [found for found in campaigns if str(found["id"]) == load.campaign]
    users = [coupon["user_id"] for coupon in campaign["coupons"]]
    assert len(users) == len(set(users)) == len(delivered) <= load.stock


def check_spans(stack: Stack, before: Counters, rows: Rows, *, killed: str = "") -> None:
    """What was exported is stored, once; a killed process takes with it only what it had not exported."""
    after, now = settled(stack), rows_of(stack)
    for service in SERVICES:
        stored = now.spans[service] - rows.spans[service]
        assert now.rows[service] - rows.rows[service] == stored, f"{service}: a span is stored twice"
        last = passed_by(after, service)
        if service == killed:
            assert stored >= last.went, service
            continue
        first = passed_by(before, service)
        lost = sum(last.lost.values()) - sum(first.lost.values())
        assert last.went - first.went <= stored, service
        assert stored <= last.came - first.came, service
        assert last.came - first.came - stored <= lost, service
