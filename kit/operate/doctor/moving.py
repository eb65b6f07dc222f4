"""Check that waiting spans leave their queues: compare two or more samples, some seconds apart."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import QUEUE
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject
from kit.operate.verify.counters import counters_in
from kit.operate.verify.watch import LOOK_SECONDS, STUCK_SECONDS, Watch


def moving(subject: Subject) -> Iterator[Line]:
    """Report the queue in which spans wait and none leaves. Empty queues cost no time.

    Nothing is reported if a hop does not answer: its own line names it, and each further sample would wait for it.
    """
    if subject.live is None or any(found is None for found in subject.metrics.values()):
        return
    watch = _watched(subject)
    looked = Looked("waiting spans", QUEUE, f"each leaves its queue within {STUCK_SECONDS:.0f} s")
    stuck = watch.stuck(STUCK_SECONDS)
    # A stuck queue also stops the queues before it, so only the last one is the cause.
    for one in stuck[-1:]:
        details = {"hop": one.hop, "waiting": one.waiting, "left": one.left, "refused": one.refused}
        yield looked.fail(one.told(), f"kit logs {one.component} shows the reason", details)
    if not stuck:
        waiting = sum(one.waiting for one in watch.standing())
        yield looked.well(f"{waiting:,}, all queues drain" if waiting else "none")


def _watched(subject: Subject) -> Watch:
    """Take samples until every queue was empty once, or at most for the longest pause between two tries."""
    assert subject.live is not None  # noqa: S101  # asked by the caller
    hops = subject.pipeline
    watch = Watch(hops)
    watch.look(counters_in(hops, subject.metrics, subject.live.pids()), time.monotonic())
    while not watch.settled and watch.seconds < STUCK_SECONDS:
        time.sleep(LOOK_SECONDS)
        watch.look(counters_in(hops, subject.live.metrics(), subject.live.pids()), time.monotonic())
    return watch


CHECK = Check("waiting spans", QUEUE, moving)
