"""The way of a span as data: services → collector → dead letters → Jaeger → storage.

A hop lies in its component's folder (`hop.py`), and a workload names the hop that it is part of. The span ledger of
`kit verify` and the checks of `kit doctor` loop over the hops: none of them names one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Count:
    """A metric whose sum over all samples is a number of spans.

    Attributes:
        metric: Name, without `_total`.
        without: Label that excludes a sample; empty counts all of them.
    """

    metric: str
    without: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """A counter of spans that were lost or refused.

    Attributes:
        metric: Name, without `_total`.
        told: What happened to the spans, in a word or two.
        in_ledger: The same in the span ledger; empty when the sender still has the spans, so that none is lost.
        by: Label that holds the reason, where samples without it are no loss; empty when all samples are.
        is_final: Whether the spans are lost although the ledger counts them elsewhere.
    """

    metric: str
    told: str
    in_ledger: str = ""
    by: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """A place that spans pass.

    Attributes:
        name: Name in the ledger and in messages.
        within: Name of what happens inside, such as `queue`: the ledger has a line for it.
        received: Spans that came in, or were made here. Empty for a hop that counts none, such as a database.
        sent: Spans that the next hop has acknowledged.
        queued: Spans that are here now.
        capacity: Room for `queued`; empty when it is not known.
        losses: Counters of spans that were lost or refused.
        labels: Pattern by label. The ledger leaves out samples with another value: those of a further backend.
        is_origin: Whether spans are made here, so that those of a process that ended are unknown.
        may_fill: Whether a full queue is normal under load, because the hop before it holds the rest.
        components: Workloads that are this hop.
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
    """All hops, in the order in which a span passes them: the order of the components, from the sender on."""
    from generator.components import components

    return tuple(component.hop for component in reversed(components()) if component.hop)


def pipeline(members: Iterable[tuple[str, str]], known: Iterable[Hop] | None = None) -> tuple[Hop, ...]:
    """The hops that a deployment has, with the workloads that are each of them.

    Args:
        members: The hop and the name of each workload.
        known: All hops, in order; by default those of `hops`.
    """
    named = list(members)
    found = [
        replace(hop, components=tuple(name for of, name in named if of == hop.name))
        for hop in (hops() if known is None else known)
    ]
    return tuple(hop for hop in found if hop.components or not hop.received)
