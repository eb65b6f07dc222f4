"""What each hop counts of the spans that pass it, read from its own metrics."""

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
    """What a component counts, in spans since its start.

    Attributes:
        came: Received from the hop before, or made here.
        went: Acknowledged by the next hop; written, where that is the storage.
        waiting: Still here.
        lost: By reason.
        refused: Turned away, by reason; the sender still has them and sends them again.
    """

    came: int = 0
    went: int = 0
    waiting: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counters:
    """All components of the pipeline at one time; one that does not answer is None. `pids` tell a restart."""

    components: Mapping[str, Passed | None]
    pids: Mapping[str, int]


def read_counters(runtime: Runtime) -> Counters:
    """Ask every hop of a running deployment."""
    return counters_in(runtime.pipeline, runtime.metrics(), runtime.pids())


def counters_in(
    hops: Sequence[Hop], metrics: Mapping[str, Metrics | None], pids: Mapping[str, int]
) -> Counters:
    """The counters of every hop in metrics that were read."""
    return Counters(
        {
            name: passed(hop, found) if (found := metrics.get(name)) is not None else None
            for hop in hops
            for name in hop.components
        },
        pids,
    )


def read_one_after_another(runtime: Runtime, hops: Sequence[Hop]) -> Counters:
    """Ask the hops in this order, each after the one before.

    Spans move on while they are counted. From the storage to the services at the beginning, and the other way at the
    end, a receiver never seems to lack what its sender counts as sent.
    """
    components: dict[str, Passed | None] = {}
    for hop in hops:
        now = counters_in([hop], runtime.metrics(), {})
        components.update(now.components)
    return Counters(components, runtime.pids())


def passed(hop: Hop, metrics: Metrics) -> Passed:
    """The counters of a hop's component."""
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
