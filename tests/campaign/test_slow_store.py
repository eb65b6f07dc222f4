"""A store that is slow, or hangs: nothing is lost, little is written twice, and the store never waits for work.

`KIT_CAMPAIGN=whole`, which `make campaign` sets, gives each rate a backlog that is larger than what is under way, and
hangs for a minute. That takes 20 minutes.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator

import pytest

from tests.campaign.slow_store import (
    FULL_RATE,
    STATEMENTS_A_SPAN,
    Sender,
    jaeger_wrote,
    rows,
    small_spans,
    through,
    wait_for_rows,
)
from tests.native.faults import hung
from tests.native.stack import Stack, running

pytestmark = pytest.mark.native

_LOG = logging.getLogger("campaign")

WHOLE = os.environ.get("KIT_CAMPAIGN") == "whole"
# Longer than all that is under way at 1/10, and than the timeout of 30 s that once was.
SHARES = {10: 60.0, 30: 180.0, 100: 600.0} if WHOLE else {10: 25.0, 100: 45.0}
BACKLOG = 12_000
HANG_S = 60 if WHOLE else 35
TWICE = 1.1
DRAINED = 0.9
# A Jaeger that has just started connects and prepares its statements first.
SETTLED_S = 5


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("slow") / "deployment", "services: []\n") as made:
        yield made


def check_accounts(stack: Stack, sender: Sender) -> None:
    """Every acknowledged span is a row, once; no others are there."""
    wait_for_rows(stack, sender.acknowledged, 300)
    found = rows(stack)
    assert len(found) == len(set(found))


def test_a_slow_store_writes_each_span_once_and_never_waits(stack: Stack) -> None:
    """The backlog drains at one rate after the other, and then at full speed."""
    sender = Sender(stack)
    with through(stack, FULL_RATE / 10) as store:
        sender.send(BACKLOG)
        time.sleep(SETTLED_S)
        shares = {}
        for slower, seconds in SHARES.items():
            store.rate = FULL_RATE / slower * STATEMENTS_A_SPAN
            before = store.passed()
            # Not all of it, so that there is a backlog to the end.
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and store.passed().spans < BACKLOG * 0.9:
                time.sleep(0.2)
            after = store.passed()
            shares[slower] = 1 - (after.idle - before.idle) / (after.at - before.at)
            if WHOLE:
                sender.send(after.spans - before.spans)
        store.rate = 1e6
        wait_for_rows(stack, sender.acknowledged, 300)
        twice = store.passed().spans / len(sender.acknowledged)
        counted = jaeger_wrote(stack) / len(sender.acknowledged)
    _LOG.info("share of the time in which the store had work, by how slow it was: %s", shares)
    _LOG.info("writes for each span: %.3f; by Jaeger's count %.3f", twice, counted)
    assert min(shares.values()) >= DRAINED, shares
    assert twice <= TWICE
    assert counted <= TWICE
    check_accounts(stack, sender)


@pytest.mark.parametrize("name", ["cassandra", "jaeger"])
def test_after_a_hang_all_is_written_within_half_a_minute(stack: Stack, name: str) -> None:
    sender = Sender(stack)
    with through(stack, 1e6) as store:
        sender.send(100)
        wait_for_rows(stack, sender.acknowledged, 60)
        with hung(stack, name):
            deadline = time.monotonic() + HANG_S
            while time.monotonic() < deadline:
                sender.send(100)
                time.sleep(1)
        sender.send(100)
        took = wait_for_rows(stack, sender.acknowledged, 30)
        twice = store.passed().spans / len(sender.acknowledged)
    _LOG.info("%s hung: all written %.1f s after it, %.3f writes for each span", name, took, twice)
    assert twice <= TWICE
    check_accounts(stack, sender)


def test_a_request_of_more_spans_than_any_queue_holds_is_written(stack: Stack) -> None:
    sender = Sender(stack)
    sender.request(small_spans(25_000))
    sender.send(1)
    wait_for_rows(stack, sender.acknowledged, 180)
