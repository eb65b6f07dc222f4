"""Report the lost and refused spans that each hop counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.pipeline import Hop
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import COUNTERS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject
from kit.operate.metrics import Metrics


def losses(subject: Subject) -> Iterator[Line]:
    """Report the spans that each hop lost since its start, the last hop first.

    Refused spans are not lost: their sender keeps them and sends them again.
    """
    for hop in reversed(subject.pipeline):
        for name, metrics in subject.answering(hop):
            lost, kept = _counted(hop, metrics, lost=True), _counted(hop, metrics, lost=False)
            looked = Looked(f"losses of {name}", COUNTERS, "none given up or dropped since its start")
            again = f"{_told(kept)}; the sender keeps these and sends them again" if kept else ""
            if lost:
                yield looked.warn("; ".join(filter(None, (_told(lost), again))), details={**lost, **kept})
            else:
                yield looked.well(f"none lost; {again}" if again else "none")


def _told(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counted.items())


def _counted(hop: Hop, metrics: Metrics, *, lost: bool) -> Mapping[str, int]:
    return {
        f"{loss.told} ({reason})" if reason else loss.told: count
        for loss in hop.losses
        if bool(loss.in_ledger) == lost
        for reason, count in metrics.by_reason(loss.metric, loss.by).items()
    }


CHECK = Check("losses", COUNTERS, losses)
