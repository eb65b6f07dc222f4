"""The span ledger: at each hop, spans in = spans out + waiting spans + spans counted as lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from generator.pipeline import Hop
from kit.operate.verify.counters import Counters, Passed

# Name of the line for spans that were queued before the run.
QUEUED_BEFORE = "queued before"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of the ledger, in spans.

    Attributes:
        hop: Hop or transfer, such as `coupon-api: SDK` or `collector → jaeger`.
        came: Spans in.
        went: Spans out.
        waiting: Increase of the waiting spans; negative for a decrease.
        lost: Lost spans, by reason; each reason has a counter.
        extra: Spans received beyond those sent: sent again after a lost answer, or by other senders.
        problem: Reason why the line does not balance; empty if it does.
        before: Spans that waited at the beginning.
        stuck: Spans that wait at the end and do not move; an upper bound.
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
        hops: The pipeline, in the order in which a span passes it.
        before: First reading.
        after: Second reading.
        found: Number of spans that Jaeger's API returns for this time; None leaves the last lines out.
        stuck: Number of spans that do not move, by component.
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
            # A span that was sent again is written twice to the same row, and found once. Spans beyond those
            # that the services sent come from other senders and are not searched for.
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
    """Yield the lines of written spans: those queued before the run, and those of the run, which are found.

    The older spans belong to other requests, so they are not searched for. If nothing waits at the end, all of them
    were written. Otherwise at least their excess over the spans that still wait was written.
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
    """Return the counts of a component between two readings; None if it did not answer or was restarted."""
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
    """Return the sum of a hop's components; None if one of them is unknown."""
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
        return LedgerLine(line, 0, 0, problem=f"{name} does not answer, so its waiting spans are unknown")
    return LedgerLine(line, last.came, last.went, last.waiting, problem=f"{name} was restarted meanwhile")
