"""A fault of the samples is switched on, and `kit traces` names its cause; without it, it is silent.

What is compared is what a user would compare: the same load before and after, on services that were started anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.native.trial import Subject, Trial, on_trial

pytestmark = [pytest.mark.native, pytest.mark.alone]

REQUEST = "POST /campaigns/{campaign_id}/coupons"


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, the load that shows it, what lint says of it (rule, service, endpoint), and what gets slower."""

    fault: str
    load: str
    rule: str
    where: tuple[str, str]
    slower: Subject

    @property
    def snapshot(self) -> str:
        return self.fault.replace("_", "-")


N_PLUS_ONE = Case(
    "n_plus_one",
    "browsing",
    "KIT201",
    ("coupon-api", "GET /campaigns"),
    ("endpoint", "coupon-api", "GET /campaigns"),
)
POOL_TOO_SMALL = Case(
    "pool_too_small",
    "coupons",
    "KIT205",
    ("coupon-api", "GET /coupons/{request_id}"),
    ("endpoint", "coupon-api", "GET /coupons/{request_id}"),
)
CACHE_STAMPEDE = Case(
    "cache_stampede",
    "browsing",
    "KIT206",
    ("coupon-api", "GET /campaigns/{campaign_id}"),
    ("endpoint", "coupon-api", "GET /campaigns/{campaign_id}"),
)
SERIAL_CALLS = Case(
    "serial_calls",
    "coupons",
    "KIT204",
    ("coupon-notifier", "process coupon.issued"),
    # Processing follows the machine's moods too much to be judged in so short a time; the wait for it does not.
    ("queue wait", "coupon-notifier", "coupon.issued"),
)
LINTED = (N_PLUS_ONE, POOL_TOO_SMALL, CACHE_STAMPEDE, SERIAL_CALLS)
WAIT = ("queue wait", "coupon-issuer", "coupon.requests")
COMPARED = {WAIT, *(case.slower for case in LINTED)}


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A deployment with three snapshots: a fault, switched on as a user does it; `before` and `repeat` without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTS", N_PLUS_ONE.fault)
        with on_trial(tmp_path_factory.mktemp("faults") / "deployment") as trial:
            trial.snapshot(N_PLUS_ONE.snapshot, N_PLUS_ONE.load)
            trial.twice_without_a_fault(COMPARED, "browsing", "coupons")
            yield trial


def test_without_a_fault_nothing_is_found(trial: Trial) -> None:
    for name in ("before", "repeat"):
        assert trial.findings(name, exit_code=0) == []
    assert trial.judged("before", "repeat", "no change") >= COMPARED


def test_slow_consumer(trial: Trial) -> None:
    trial.restart("slow_consumer")
    trial.snapshot("slow-consumer", "coupons")
    waits = ("--objective", "coupon-issuer:wait_p95<250ms", "--fail-on", "objective")
    trial.asked(0, "queues", "--from", "before", *waits)
    first, *_ = trial.asked(1, "queues", "--from", "slow-consumer", *waits)["queues"]
    assert (first["queue"], first["group"]) == ("coupon.requests", "coupon-issuer")
    assert first["consumers_needed"][-1]["consumers"] > first["consumers"]
    path = trial.asked(0, "critical-path", "--operation", REQUEST, "--from", "slow-consumer")
    assert (path["parts"][0]["kind"], path["parts"][0]["operation"]) == ("queue_wait", "coupon.requests")
    assert WAIT in trial.judged("before", "slow-consumer", "slower")
    assert WAIT in trial.judged("slow-consumer", "before", "faster")


@pytest.mark.parametrize("case", LINTED, ids=lambda case: case.fault)
def test_a_fault_is_named_first(trial: Trial, case: Case) -> None:
    if case is not N_PLUS_ONE:
        trial.restart(case.fault)
        trial.snapshot(case.snapshot, case.load)
    found = trial.findings(case.snapshot, exit_code=1)
    assert found[0][0] == case.rule, found
    assert {named for named, _ in found} == {case.rule}, found
    assert (case.rule, case.where) in found
    assert case.slower in trial.judged("before", case.snapshot, "slower")
    assert case.slower in trial.judged(case.snapshot, "before", "faster")
