"""The span ledger: at each hop, what came in is what went out, what waits, and what is counted as lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from generator.pipeline import Hop
from kit.operate.verify.counters import Counters, Passed

# The line of spans that waited in some queue when it began.
QUEUED_BEFORE = "queued before"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One hop's line, in spans.

    Attributes:
        hop: what is accounted for, as `coupon-api: SDK` or `collector → jaeger`.
        came: in.
        went: out.
        waiting: more than before (less, when negative).
        lost: by reason, each with its counter.
        extra: more went out than came in: sent again after an answer was lost, or by other senders.
        problem: why the line does not balance; empty when it does.
        before: waiting when it began.
        stuck: of those that wait at the end, the ones that do not move on; an upper bound.
    """

    hop: str
    came: int
    went: int
    waiting: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    extra: int = 0
    problem: str = ""
    before: int = 0
    stuck: int = 0

    @property
    def unexplained(self) -> int:
        """Spans that no counter explains."""
        return max(0, self.came - self.went - self.waiting - sum(self.lost.values()))

    @property
    def still(self) -> int:
        """Spans that wait at the end."""
        return max(0, self.before + self.waiting)

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, nothing is stuck, and everything is explained."""
        return not (self.problem or self.lost or self.unexplained or self.stuck)


def ledger(
    hops: Sequence[Hop],
    before: Counters,
    after: Counters,
    *,
    found: int | None,
    stuck: Mapping[str, int] | None = None,
) -> list[LedgerLine]:
    """Account for every span between two readings.

    Args:
        hops: the pipeline, in the order in which a span passes it.
        before: the first reading.
        after: the second.
        found: spans that Jaeger's API returns of this time; None leaves the last lines out.
        stuck: spans that do not move on, by component.
    """
    entries: list[LedgerLine] = []
    counting = [hop for hop in hops if hop.received]
    sent, again, sender = 0, 0, None
    whole: Passed | None = None
    for hop in counting:
        between = {name: _between_readings(name, before, after) for name in hop.components}
        whole = _sum(between.values())
        if sender is not None:
            line = _handed_on(f"{sender.name} → {hop.name}", sent, whole)
            # A span that was sent again is the same row: it is written twice and found once. More than the
            # services sent is another sender's, whose spans are not searched for.
            again += line.extra
            entries.append(line)
        inside = [
            replace(
                _inside(hop, name, one, after),
                before=_waiting(before, name),
                stuck=(stuck or {}).get(name, 0),
            )
            for name, one in between.items()
        ]
        entries += inside
        sent = sum(entry.went for entry in inside) if hop.is_origin else whole.went if whole else 0
        sender = hop
    if found is not None and whole is not None:
        entries += _at_the_end(hops[-1].name, sent - again, found, entries)
    return entries


def _at_the_end(
    storage: str, written: int, found: int, entries: Sequence[LedgerLine]
) -> Iterator[LedgerLine]:
    """What was written: spans of this time, which are found, and those that waited in a queue when it began.

    The older ones belong to other requests, so they are not searched for. All of them were written if nothing waits
    any more; else at least as many as no longer have room among those that wait.
    """
    older = sum(entry.before for entry in entries)
    drained = min(
        older, max(written - found, older - sum(entry.still for entry in entries), 0), max(written, 0)
    )
    if older:
        yield LedgerLine(QUEUED_BEFORE, 0, drained, waiting=-drained, before=older)
    new = written - drained
    yield LedgerLine(f"{storage} → found", new, min(found, new), extra=max(0, found - new))


def _waiting(counters: Counters, name: str) -> int:
    one = counters.components.get(name)
    return one.waiting if one is not None else 0


def _between_readings(name: str, before: Counters, after: Counters) -> Passed | None:
    """What a component counted meanwhile; None when it did not answer or was restarted."""
    first, last = before.components.get(name), after.components[name]
    if first is None or last is None or before.pids.get(name) != after.pids.get(name):
        return None
    return Passed(
        last.came - first.came,
        last.went - first.went,
        last.waiting - first.waiting,
        {
            why: count - first.lost.get(why, 0)
            for why, count in last.lost.items()
            if count > first.lost.get(why, 0)
        },
    )


def _sum(components: Iterable[Passed | None]) -> Passed | None:
    """All components of a hop together; None when one of them is not known."""
    total = Passed()
    for one in components:
        if one is None:
            return None
        total = Passed(total.came + one.came, total.went + one.went)
    return total


def _handed_on(line: str, came: int, receiver: Passed | None) -> LedgerLine:
    if receiver is None:
        problem = "the receiver did not answer or was restarted meanwhile"
        return LedgerLine(line, came, 0, waiting=came, problem=problem)
    return LedgerLine(line, came, min(came, receiver.came), extra=max(0, receiver.came - came))


def _inside(hop: Hop, name: str, counted: Passed | None, after: Counters) -> LedgerLine:
    line = f"{name}: {hop.within}"
    if counted is not None:
        return LedgerLine(line, counted.came, counted.went, counted.waiting, counted.lost)
    if not hop.is_origin:
        return LedgerLine(line, 0, 0, problem=f"{name} did not answer or was restarted meanwhile")
    last = after.components[name]
    if last is None:
        return LedgerLine(line, 0, 0, problem=f"{name} does not answer: what its process held is unknown")
    return LedgerLine(line, last.came, last.went, last.waiting, problem=f"{name} was restarted meanwhile")
