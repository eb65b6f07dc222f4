"""Check the dead letters: spans that the storage refused even when they were sent alone."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.dead_letters.listeners import NAME
from generator.pipeline import Count
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import DEAD_SPANS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

_LETTERS, _SPANS = Count("kit_dead_letters_letters"), Count("kit_dead_letters_stored_spans")
_DROPPED = Count("kit_dead_letters_dropped_spans")


def deadletters(subject: Subject) -> Iterator[Line]:
    """Report the dead letters on disk, and the spans dropped from them since the start."""
    metrics = subject.metrics.get(NAME)
    if metrics is None:
        return
    looked = Looked("dead letters", DEAD_SPANS, "none")
    letters, spans, dropped = (metrics.spans([count]) for count in (_LETTERS, _SPANS, _DROPPED))
    if not letters and not dropped:
        yield looked.well("none")
        return
    told = f"{letters:,} with {spans:,} spans that the storage refused"
    told += f"; {dropped:,} spans of older ones were dropped to make room" if dropped else ""
    details = {"letters": letters, "spans": spans, "dropped": dropped}
    yield looked.warn(told, "kit deadletters list", details=details)


CHECK = Check("dead letters", DEAD_SPANS, deadletters)
