"""Check that spans arrive and are written."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import ARRIVING
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def arriving(subject: Subject) -> Iterator[Line]:
    """Check that spans reach the first hop behind the services, and that the last hop writes them."""
    relays = [hop for hop in subject.pipeline if hop.received and not hop.is_origin]
    metrics = [[one for _, one in subject.answering(hop)] for hop in relays]
    if not relays or any(
        len(found) < len(hop.components) for hop, found in zip(relays, metrics, strict=True)
    ):
        return
    came = sum(one.spans(relays[0].received) for one in metrics[0])
    written = sum(one.spans(relays[-1].sent) for one in metrics[-1])
    waiting = sum(one.spans(hop.queued) for hop, found in zip(relays, metrics, strict=True) for one in found)
    looked = Looked("spans", ARRIVING, "at least one arrives and is written")
    found = f"{came:,} arrived and {written:,} were written since the hops started, {waiting:,} are waiting"
    if came and not written and waiting:
        yield looked.fail(found, f"kit logs {relays[-1].name}")
    elif not came:
        yield looked.warn(f"none arrived since the {relays[0].name} started")
    else:
        yield looked.well(found)


CHECK = Check("spans", ARRIVING, arriving)
