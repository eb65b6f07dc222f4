"""Whatever dies together, for however long: all comes back alone, and a span that is sent then is found."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from itertools import combinations

import httpx
import pytest

from kit.operate.native.home import Home
from tests.campaign.test_queue_file import flip_kinds
from tests.campaign.whole import WHOLE
from tests.native.accounts import passed_by, rows_of, settled
from tests.native.faults import SERVICES, all_ready, check_requests, supervisor
from tests.native.load import Load
from tests.native.spans import Span, spans_of, wait_for
from tests.native.stack import Stack, ask_for_coupon, running

pytestmark = pytest.mark.native

VICTIMS = ("cassandra", "jaeger", "dead-letters", "collector", "redis", "coupon-issuer")
ALL = [*combinations(VICTIMS, 2), *combinations(VICTIMS, 3)]
SOME = [
    ("cassandra", "jaeger"),
    ("cassandra", "dead-letters", "redis"),
    ("jaeger", "collector", "coupon-issuer"),
]
# Longer than the 8 s after which a supervisor that gives up has given up.
AWAY_SECONDS = 180 if WHOLE else 20
# Longer than the 15 s after which the SDK's own exporter gives a batch up, and the next one, and the next.
OUTAGE_SECONDS = 300 if WHOLE else 45
# Cassandra needs up to two minutes on a busy machine.
BACK_SECONDS = 300


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("back") / "deployment") as stack:
        ask_for_coupon(stack)
        yield stack


def kill_together(stack: Stack, names: Sequence[str]) -> None:
    seen = supervisor(stack).seen()
    for pid in [seen[name].pid for name in names]:
        os.kill(pid, signal.SIGKILL)


def _spans(stack: Stack, trace: str) -> list[Span]:
    """A trace's spans; none while Jaeger has no connection to its database yet."""
    try:
        return spans_of(stack.jaeger, trace)
    except httpx.HTTPError:
        return []


def check_all_is_well(stack: Stack) -> None:
    all_ready(stack, BACK_SECONDS)
    _, trace = ask_for_coupon(stack)
    wait_for(
        lambda: _spans(stack, trace),
        lambda spans: {span["service"] for span in spans} == set(SERVICES),
        BACK_SECONDS,
    )


@pytest.mark.parametrize("names", ALL if WHOLE else SOME, ids="+".join)
def test_what_is_killed_together_comes_back(stack: Stack, names: Sequence[str]) -> None:
    kill_together(stack, names)
    time.sleep(1)  # until the supervisor has seen it
    check_all_is_well(stack)


def test_a_store_that_is_away_for_long_costs_nothing_but_time(stack: Stack) -> None:
    supervisor(stack).stop(["cassandra"], 60)
    kill_together(stack, ["jaeger"])
    time.sleep(AWAY_SECONDS)
    supervisor(stack).launch("cassandra")
    check_all_is_well(stack)


def test_services_hold_their_spans_while_the_collector_is_away(stack: Stack) -> None:
    """All that the SDKs counted is stored, or dropped at a full queue and counted; in the short form nothing is."""
    before, rows = settled(stack), rows_of(stack)
    with Load(stack) as load:
        supervisor(stack).stop(["collector"], 60)
        time.sleep(OUTAGE_SECONDS)
        supervisor(stack).launch("collector")
        all_ready(stack, BACK_SECONDS)
    check_requests(stack, load)
    after, now = settled(stack), rows_of(stack)
    for service in SERVICES:
        first, last = passed_by(before, service), passed_by(after, service)
        came, stored = last.came - first.came, now.spans[service] - rows.spans[service]
        lost = sum(last.lost.values()) - sum(first.lost.values())
        assert came == stored + lost, service
        # Each coupon of the stock is delivered.
        assert came >= 2 * load.stock, service
        if not WHOLE:
            assert lost == 0, (service, last.lost)


def test_a_damaged_queue_file_is_put_aside_and_doctor_names_it(stack: Stack) -> None:
    folder = Home.of(stack.folder).data / "collector" / "queue"
    (queue,) = folder.iterdir()
    supervisor(stack).stop(["collector"], 60)
    flip_kinds(queue)
    supervisor(stack).launch("collector")
    check_all_is_well(stack)
    (aside,) = folder.glob("*.damaged-*")
    lines = json.loads(stack.kit("doctor", "--output", "json").stdout)["checks"]
    (line,) = [line for line in lines if line["check"] == "put aside"]
    assert line["outcome"] == "warn"
    assert aside.name in line["found"]
    assert "may be lost" in line["found"]
    assert str(aside) in line["next"]
