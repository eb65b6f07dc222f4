"""Whether spans come in and are written."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import ARRIVING
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def arriving(subject: Subject) -> Iterator[Line]:
    """Whether spans come in at the first hop behind the services, and leave the last one for the storage."""
    relays = [hop for hop in subject.pipeline if hop.received and not hop.is_origin]
    metrics = [[one for _, one in subject.answering(hop)] for hop in relays]
    if not relays or any(
        len(found) < len(hop.components) for hop, found in zip(relays, metrics, strict=True)
    ):
        return
    came = sum(one.spans(relays[0].received) for one in metrics[0])
    written = sum(one.spans(relays[-1].sent) for one in metrics[-1])
    waiting = sum(one.spans(hop.queued) for hop, found in zip(relays, metrics, strict=True) for one in found)
    looked = Looked("spans", ARRIVING, "some come in and are written")
    found = f"{came:,} came in and {written:,} were written since the hops' start, {waiting:,} wait"
    if came and not written and waiting:
        yield looked.fail(found, f"kit logs {relays[-1].name}")
    elif not came:
        yield looked.warn(f"none came in since the {relays[0].name}'s start")
    else:
        yield looked.well(found)


CHECK = Check("spans", ARRIVING, arriving)
