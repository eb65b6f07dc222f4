"""Check that each component is up and answers."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import HOPS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def hops(subject: Subject) -> Iterator[Line]:
    """Check that each component is up and answers."""
    for one in subject.live.health() if subject.live else ():
        looked = Looked(one.name, HOPS, "up and ready")
        yield looked.well(f"{one.title}: {one.state}") if one.up else looked.fail(one.state, one.next_step)


CHECK = Check("hops", HOPS, hops)
