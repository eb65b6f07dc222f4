"""For each fault of a running deployment the doctor's first failing line is its cause, with the right next step.

One deployment has them all, each ended before the next; between them, and under load, nothing fails.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sample_services.load import run_load
from tests.doctor.ailments import (
    AILMENTS,
    DISK,
    DISK_FULL,
    REFUSED,
    UNLIMITED,
    Ailment,
    refused_request,
)
from tests.doctor.asking import Answer, doctor, outcome
from tests.native.stack import Stack, running
from tests.patience import until
from tests.small_disk import small_disk

pytestmark = pytest.mark.native

# What the doctor says of the machine is not the deployment's.
MACHINE = {"clock", "CPU", "memory", "disk"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """On a file system of its own where one can be made, so that it can be full."""
    folder = tmp_path_factory.mktemp("faults") / "deployment"
    with ExitStack() as held:
        if os.geteuid() == 0:
            held.enter_context(small_disk(folder, DISK))
        (folder / "overrides").mkdir(parents=True, exist_ok=True)
        (folder / "overrides" / "collector.yaml").write_text(UNLIMITED)
        yield held.enter_context(running(folder))


def not_well(answer: Answer) -> dict[str, str]:
    return {
        check: f"{line['outcome']}: {line['found']}"
        for check, line in answer.items()
        if line["outcome"] != "pass"
    }


def failing(answer: Answer) -> list[str]:
    return [check for check, line in answer.items() if line["outcome"] == "fail"]


def check_well(stack: Stack) -> None:
    code, answer = doctor(stack)
    wrong = {check: said for check, said in not_well(answer).items() if check not in MACHINE}
    assert (code, wrong) == (0, {})


def recovered(stack: Stack) -> None:
    seen: list[Answer] = [{}]

    def fine() -> bool:
        code, seen[0] = doctor(stack)
        return code == 0

    until(fine, lambda: not_well(seen[0]))


def test_nothing_is_wrong_after_the_first_demo_and_when_idle(stack: Stack) -> None:
    demo = stack.kit("demo")
    assert demo.returncode == 0, demo.stderr
    check_well(stack)
    check_well(stack)


def test_nothing_is_wrong_under_load(stack: Stack) -> None:
    load = threading.Thread(target=run_load, args=(stack.api, 400, 8, 120))
    load.start()
    looks = 0
    try:
        while load.is_alive():
            check_well(stack)
            looks += 1
    finally:
        load.join()
    assert looks
    check_well(stack)


@pytest.mark.parametrize("ailment", AILMENTS, ids=lambda ailment: ailment.name)
def test_the_first_failing_line_is_the_cause(stack: Stack, ailment: Ailment) -> None:
    check_first(stack, ailment)
    recovered(stack)


def test_verify_does_not_account_for_what_is_stuck(stack: Stack) -> None:
    with refused_request(stack):
        done = stack.kit("verify", "--requests", "3", "--wait", "15s", "--output", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"]) == (1, False)
    assert all(problem.startswith("stuck: ") for problem in answer["problems"]), answer
    assert any("jaeger → storage: 3 spans wait; in 1" in problem for problem in answer["problems"]), answer
    stuck = {entry["hop"]: entry["stuck"] for entry in answer["ledger"] if not entry["ok"]}
    assert set(stuck.values()) == {REFUSED}, answer["ledger"]
    recovered(stack)


# The last one: a database whose disk was full has to be started anew.
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file system")
def test_a_full_disk_is_named_first(stack: Stack) -> None:
    check_first(stack, DISK_FULL)


def check_first(stack: Stack, ailment: Ailment) -> None:
    with ailment.inflicted(stack):
        code, answer = doctor(stack)
    failed = failing(answer)
    assert code == 1, not_well(answer)
    assert failed[0] == ailment.first, not_well(answer)
    assert answer[ailment.first]["next"].startswith(ailment.next), answer[ailment.first]
    assert outcome(answer, "spec") == "pass"
