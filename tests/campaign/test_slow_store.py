"""A store that is slow, or hangs: nothing is lost, little is written twice, and the store never waits for work.

`KIT_CAMPAIGN=whole`, which `make campaign` sets, slows the store to three rates, each with a backlog that is larger
than what is under way, and hangs it for a minute: 20 minutes of a machine without other work. The short form has one
rate that any machine can feed, and the large request.
"""

from __future__ import annotations

import logging
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
from tests.campaign.slow_store_proxy import SlowStore
from tests.campaign.whole import WHOLE
from tests.native.faults import hung
from tests.native.stack import Stack, running

pytestmark = pytest.mark.native
alone_on_the_machine = pytest.mark.skipif(
    not WHOLE, reason="measures seconds, so it needs a machine without other work: make campaign"
)

_LOG = logging.getLogger("campaign")

# How much slower, and for how many seconds: longer than all that is under way at 1/10, and than Jaeger's timeout.
SHARES = {10: 60.0, 30: 180.0, 100: 600.0} if WHOLE else {100: 45.0}
BACKLOG = 12_000 if WHOLE else 3_000
HANG_S = 60
RECOVERED_S = 30
TWICE = 1.1
DRAINED = 0.9
# Until what was under way at the rate before has gone.
_SETTLED_S = 3
_UNBOUNDED = 1e6


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("slow") / "deployment", "services: []\n") as made:
        yield made


@pytest.fixture
def sender(stack: Stack) -> Iterator[Sender]:
    made = Sender(stack)
    yield made
    made.close()


def check_accounts(stack: Stack, sender: Sender) -> None:
    """Every acknowledged span is a row, once; no others are there."""
    wait_for_rows(stack, sender.acknowledged, 300)
    found = rows(stack)
    assert len(found) == len(set(found))


def test_a_slow_store_writes_each_span_once_and_never_waits(stack: Stack, sender: Sender) -> None:
    """The backlog drains at one rate after the other, and then at full speed."""
    with through(stack, _UNBOUNDED) as store:
        fastest = drains_at(stack, sender)
        shares = {}
        for slower, seconds in SHARES.items():
            # A machine with other work may not feed a store of that rate: the store has to be what is slow.
            store.rate = min(FULL_RATE / slower, fastest / 2) * STATEMENTS_A_SPAN
            sender.send(BACKLOG - (len(sender.acknowledged) - len(set(rows(stack)))))
            shares[slower] = works(store, seconds, BACKLOG // 2)
        store.rate = _UNBOUNDED
        wait_for_rows(stack, sender.acknowledged, 300)
        twice = store.passed().spans / len(sender.acknowledged)
        counted = jaeger_wrote(stack) / len(sender.acknowledged)
    _LOG.info("%.0f spans/s at full speed; share of the time with work, by slowness: %s", fastest, shares)
    _LOG.info("writes for each span: %.3f; by Jaeger's count %.3f", twice, counted)
    assert min(shares.values()) >= DRAINED, shares
    assert 1 <= twice <= TWICE
    assert counted <= TWICE
    check_accounts(stack, sender)


def drains_at(stack: Stack, sender: Sender) -> float:
    """Spans a second through the whole pipeline; afterwards everything is warm."""
    wait_for_rows(stack, sender.send(100), 300)
    began = time.monotonic()
    wait_for_rows(stack, sender.send(3000), 300)
    return 3000 / (time.monotonic() - began)


def works(store: SlowStore, seconds: float, most: int) -> float:
    """The share of some time in which statements waited for the store; ends early when so many spans are written."""
    time.sleep(_SETTLED_S)
    before = store.passed()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and store.passed().spans < before.spans + most:
        time.sleep(0.2)
    after = store.passed()
    _LOG.info("%s -> %s", before, after)
    assert after.spans > before.spans
    return 1 - (after.idle - before.idle) / (after.at - before.at)


@alone_on_the_machine
@pytest.mark.parametrize("name", ["cassandra", "jaeger"])
def test_after_a_hang_all_is_written_within_half_a_minute(stack: Stack, sender: Sender, name: str) -> None:
    """And what came meanwhile in the time that it takes anyway, which on a busy machine is no small part."""
    with through(stack, _UNBOUNDED) as store:
        fastest = drains_at(stack, sender)
        before = store.passed().spans, len(sender.acknowledged)
        with hung(stack, name):
            deadline = time.monotonic() + HANG_S
            while time.monotonic() < deadline:
                sender.send(30)
                time.sleep(1)
        sender.send(30)
        accepted = len(sender.acknowledged) - before[1]
        took = wait_for_rows(stack, sender.acknowledged, RECOVERED_S + accepted / fastest)
        twice = (store.passed().spans - before[0]) / accepted
    _LOG.info("%s hung, %.0f spans/s before: %d written %.1f s after it, %.3f writes for each span",
              name, fastest, accepted, took, twice)  # fmt: skip
    assert twice <= TWICE
    check_accounts(stack, sender)


def test_a_request_of_more_spans_than_any_queue_holds_is_written(stack: Stack, sender: Sender) -> None:
    sender.request(small_spans(25_000))
    sender.send(1)
    wait_for_rows(stack, sender.acknowledged, 300)
