"""Span counters of each hop, read from its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generator.pipeline import Hop
from kit.operate.metrics import Metrics

if TYPE_CHECKING:
    from kit.operate.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Passed:
    """Span counters of a component since its start.

    Attributes:
        came: Spans received from the hop before, or created here.
        went: Spans acknowledged by the next hop, or written if that is the storage.
        waiting: Spans still here.
        lost: Lost spans, by reason.
        refused: Refused spans, by reason. The sender still has them and sends them again.
    """

    came: int = 0
    went: int = 0
    waiting: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters of all components at one time; None if one does not answer. Other `pids` mean a restart."""

    components: Mapping[str, Passed | None]
    pids: Mapping[str, int]


def read_counters(runtime: Runtime) -> Counters:
    """Read the counters of every hop of a running deployment."""
    return counters_in(runtime.pipeline, runtime.metrics(), runtime.pids())


def counters_in(
    hops: Sequence[Hop], metrics: Mapping[str, Metrics | None], pids: Mapping[str, int]
) -> Counters:
    """Return the counters of every hop from metrics."""
    return Counters(
        {
            name: passed(hop, found) if (found := metrics.get(name)) is not None else None
            for hop in hops
            for name in hop.components
        },
        pids,
    )


def read_one_after_another(runtime: Runtime, hops: Sequence[Hop]) -> Counters:
    """Read the counters of the hops one after another, in the given order.

    Spans move while they are counted. At the beginning, read from the storage to the services; at the end, in the other
    direction. Then a receiver never seems to lack spans that its sender counts as sent.
    """
    components: dict[str, Passed | None] = {}
    for hop in hops:
        now = counters_in([hop], runtime.metrics(), {})
        components.update(now.components)
    return Counters(components, runtime.pids())


def passed(hop: Hop, metrics: Metrics) -> Passed:
    """Return the counters of a hop's component."""
    counted = metrics.only(hop.labels)
    lost = {
        f"{loss.in_ledger}: {reason}" if reason else loss.in_ledger: count
        for loss in hop.losses
        if loss.in_ledger
        for reason, count in counted.by_reason(loss.metric, loss.by).items()
    }
    refused = {
        loss.told: count
        for loss in hop.losses
        if not loss.in_ledger and (count := sum(counted.by_reason(loss.metric, loss.by).values()))
    }
    return Passed(
        counted.spans(hop.received), counted.spans(hop.sent), counted.spans(hop.queued), lost, refused
    )
