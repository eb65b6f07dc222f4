"""What each hop counts of lost and refused spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.pipeline import Hop
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import COUNTERS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject
from kit.operate.metrics import Metrics


def losses(subject: Subject) -> Iterator[Line]:
    """What each hop counts of lost and refused spans since its start, the last one first."""
    for hop in reversed(subject.pipeline):
        for name, metrics in subject.answering(hop):
            counted = _lost(hop, metrics)
            looked = Looked(f"losses of {name}", COUNTERS, "none refused, failed or dropped since its start")
            told = [f"{count:,} {what}" for what, count in counted.items()]
            yield looked.warn(", ".join(told), details=counted) if told else looked.well("none")


def _lost(hop: Hop, metrics: Metrics) -> Mapping[str, int]:
    return {
        f"{loss.told} ({reason})" if reason else loss.told: count
        for loss in hop.losses
        for reason, count in metrics.by_reason(loss.metric, loss.by).items()
    }


CHECK = Check("losses", COUNTERS, losses)
