"""The path of a span as data: services → collector → dead letters → Jaeger → storage.

A hop is defined in its component's folder (`hop.py`), and a workload names its hop. The span ledger of `kit verify` and
the checks of `kit doctor` loop over the hops and name none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Count:
    """A metric whose sum over all samples is a number of spans.

    Attributes:
        metric: Name, without `_total`.
        without: Label that excludes a sample from the sum; empty if all samples count.
    """

    metric: str
    without: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """A counter of spans that were lost or refused.

    Attributes:
        metric: Name, without `_total`.
        told: Fate of the spans in a few words, for messages.
        in_ledger: The same for the span ledger; empty if the sender still has the spans, so that none is lost.
        by: Label with the reason; samples without it are no loss. Empty if all samples are losses.
        is_final: Whether the spans are lost although another line of the ledger counts them.
    """

    metric: str
    told: str
    in_ledger: str = ""
    by: str = ""
    is_final: bool = False

    @property
    def loses(self) -> bool:
        """Whether the spans are lost: no sender has them any more."""
        return bool(self.in_ledger) or self.is_final


@dataclass(frozen=True, slots=True)
class Hop:
    """A place that spans pass.

    Attributes:
        name: Name in the ledger and in messages.
        within: Name of the stage inside of the hop, such as `queue`: the ledger has a line for it.
        received: Spans that arrived or were created here. Empty for a hop that counts none, such as a database.
        sent: Spans that the next hop has acknowledged.
        queued: Spans that are in the hop now.
        capacity: Maximum of `queued`; empty if it is unknown.
        losses: Counters of spans that were lost or refused.
        labels: Pattern by label. The ledger ignores samples with other values, such as those of a further backend.
        is_origin: Whether spans are created here; the counts of an ended process are then unknown.
        may_fill: Whether a full queue is normal under load, because the hop before it holds the rest.
        components: Workloads of this hop.
    """

    name: str
    within: str = ""
    received: tuple[Count, ...] = ()
    sent: tuple[Count, ...] = ()
    queued: tuple[Count, ...] = ()
    capacity: tuple[Count, ...] = ()
    losses: tuple[Loss, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    is_origin: bool = False
    may_fill: bool = False
    components: tuple[str, ...] = ()


def hops() -> tuple[Hop, ...]:
    """Return all hops in the order in which a span passes them, which is the reverse order of the components."""
    from generator.components import components

    return tuple(component.hop for component in reversed(components()) if component.hop)


def pipeline(members: Iterable[tuple[str, str]], known: Iterable[Hop] | None = None) -> tuple[Hop, ...]:
    """Return the hops of a deployment, each with its workloads.

    Args:
        members: Hop and name of each workload.
        known: All hops, in order; by default those of `hops`.
    """
    named = list(members)
    found = [
        replace(hop, components=tuple(name for of, name in named if of == hop.name))
        for hop in (hops() if known is None else known)
    ]
    return tuple(hop for hop in found if hop.components or not hop.received)
