"""Check how full the queues of the pipeline are."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import QUEUE
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

# Shares of a queue's capacity. The collector's documentation advises to scale at 60 to 70 %.
_FILLING, _FULL = 0.5, 0.8


def queues(subject: Subject) -> Iterator[Line]:
    """Check how full each queue with a known capacity is."""
    for hop in subject.pipeline:
        for name, metrics in subject.answering(hop):
            if not hop.capacity:
                continue
            size, capacity = metrics.spans(hop.queued), metrics.spans(hop.capacity)
            looked = Looked(f"queue of {name}", QUEUE, f"below {_FILLING:.0%} of {capacity:,} spans")
            share = size / capacity if capacity else 0.0
            found = f"{size:,} spans wait, {share:.0%} of its capacity"
            details = {"queued": size, "capacity": capacity}
            if share >= _FULL and not hop.may_fill:
                yield looked.fail(found, details=details)
            elif share >= _FILLING:
                yield looked.warn(found, details=details)
            else:
                yield looked.well(found)


CHECK = Check("queues", QUEUE, queues)
