"""Check whether the last hop writes spans more than once."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import WRITTEN_AGAIN
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

_SHARE = 0.2


def written_again(subject: Subject) -> Iterator[Line]:
    """Compare the spans that the last hop before the storage wrote with those that it acknowledged.

    The hop acknowledges a request when all its spans are written, and only then counts them as received. Spans that
    are written but not acknowledged have two sources. Some belong to requests under way: at most as many as its queue
    holds now. The others belong to requests whose sender timed out and sends them again. Both counters are of one
    process, so a restart of another hop does not disturb them.
    """
    relays = [
        hop for hop in (subject.live.pipeline if subject.live else ()) if hop.received and not hop.is_origin
    ]
    if not relays:
        return
    hop = relays[-1]
    for name in hop.components:
        metrics = subject.metrics.get(name)
        if metrics is None:
            continue
        written, acknowledged = metrics.spans(hop.sent), metrics.spans(hop.received)
        again = written - acknowledged - metrics.spans(hop.queued)
        looked = Looked(
            f"written again by {name}", WRITTEN_AGAIN, f"at most {_SHARE:.0%} more than it acknowledged"
        )
        details = {"written": written, "acknowledged": acknowledged}
        if again > _SHARE * acknowledged:
            yield looked.warn(f"{written:,} spans written, {acknowledged:,} acknowledged", details=details)
        else:
            yield looked.well("none" if again <= 0 else f"{again:,} spans")


CHECK = Check("written again", WRITTEN_AGAIN, written_again)
