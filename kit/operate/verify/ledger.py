"""The span ledger: at each hop, what came in is what went out, what waits, and what is counted as lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kit.operate.verify.counters import COLLECTOR, JAEGER, Counters, Relay, Sdk


@dataclass(frozen=True, slots=True)
class Entry:
    """One hop's line, in spans.

    Attributes:
        hop: what is accounted for, as `coupon-api: SDK` or `collector → jaeger`.
        came: in.
        went: out.
        waiting: more than before (less, when negative).
        lost: by reason, each with its counter.
        extra: more went out than came in: sent again after an answer was lost, or by other senders.
        problem: why the line does not balance; empty when it does.
    """

    hop: str
    came: int
    went: int
    waiting: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    extra: int = 0
    problem: str = ""

    @property
    def unexplained(self) -> int:
        """Spans that no counter explains."""
        return max(0, self.came - self.went - self.waiting - sum(self.lost.values()))

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, nothing waits, and everything is explained."""
        return not (self.problem or self.lost or self.unexplained or self.waiting > 0)


def ledger(before: Counters, after: Counters, *, found: int | None) -> list[Entry]:
    """Account for every span between two readings.

    Args:
        before: the first reading.
        after: the second.
        found: spans that Jaeger's API returns of this time; None leaves the last line out.
    """
    entries = [entry for name in after.services for entry in _sdk(name, before, after)]
    exported = sum(entry.went for entry in entries)
    collector, jaeger = _relay(COLLECTOR, before, after), _relay(JAEGER, before, after)
    entries.append(_between("services → collector", exported, collector))
    entries.append(_inside("collector: queue", COLLECTOR, collector))
    entries.append(_between("collector → jaeger", collector.sent if collector else 0, jaeger))
    entries.append(_inside("jaeger: storage", JAEGER, jaeger))
    if found is not None and jaeger is not None:
        # A span that was sent again is the same row: it is written twice and found once.
        written = jaeger.sent - entries[-2].extra
        entries.append(Entry("storage → found", written, min(found, written), extra=max(0, found - written)))
    return entries


def _sdk(name: str, before: Counters, after: Counters) -> Iterator[Entry]:
    hop = f"{name}: SDK"
    first, last = before.services.get(name), after.services[name]
    if last is None:
        yield Entry(hop, 0, 0, problem=f"{name} does not answer: what its process held is unknown")
        return
    if first is None or _restarted(name, before, after):
        waiting = last.queued + last.exporting
        yield Entry(hop, last.created, last.exported, waiting, problem=f"{name} was restarted meanwhile")
        return
    lost = _difference(_losses(first), _losses(last))
    waiting = last.queued + last.exporting - first.queued - first.exporting
    yield Entry(hop, last.created - first.created, last.exported - first.exported, waiting, lost)


def _losses(sdk: Sdk) -> dict[str, int]:
    dropped = {f"dropped by the SDK: {reason}": count for reason, count in sdk.dropped.items()}
    return dropped | {f"given up by the exporter: {reason}": count for reason, count in sdk.failed.items()}


def _difference(first: Mapping[str, int], last: Mapping[str, int]) -> dict[str, int]:
    return {key: count - first.get(key, 0) for key, count in last.items() if count > first.get(key, 0)}


def _relay(name: str, before: Counters, after: Counters) -> Relay | None:
    first: Relay | None = getattr(before, name)
    last: Relay | None = getattr(after, name)
    if first is None or last is None or _restarted(name, before, after):
        return None
    return Relay(
        received=last.received - first.received,
        refused=last.refused - first.refused,
        queue_refused=last.queue_refused - first.queue_refused,
        sent=last.sent - first.sent,
        failed=last.failed - first.failed,
        queued=last.queued - first.queued,
    )


def _between(hop: str, came: int, receiver: Relay | None) -> Entry:
    if receiver is None:
        return Entry(
            hop, came, 0, waiting=came, problem="the receiver did not answer or was restarted meanwhile"
        )
    return Entry(hop, came, min(came, receiver.received), extra=max(0, receiver.received - came))


def _inside(hop: str, name: str, relay: Relay | None) -> Entry:
    if relay is None:
        return Entry(hop, 0, 0, problem=f"{name} did not answer or was restarted meanwhile")
    lost = {"given up by the exporter": relay.failed} if relay.failed else {}
    return Entry(hop, relay.received, relay.sent, relay.queued, lost)


def _restarted(name: str, before: Counters, after: Counters) -> bool:
    return before.pids.get(name) != after.pids.get(name)
