"""Recorded series about the span pipeline: dashboards use them, and need not know the deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generator.components.prometheus.alerts import LOST_WINDOW, REFUSED_WINDOW, members_of
from generator.components.prometheus.promql import increase, quoted, rate, total
from generator.pipeline import Hop

_RATE_WINDOW = "5m"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording rule of Prometheus.

    Attributes:
        name: Name of the new series.
        expression: PromQL of its value.
        labels: Labels of the new series; any text.
    """

    name: str
    expression: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def quoted_labels(self) -> Mapping[str, str]:
        """The labels, with values that are safe in YAML."""
        return {key: quoted(value) for key, value in self.labels.items()}


def hop_series(hops: Sequence[Hop], jobs: Sequence[str]) -> Iterator[Recorded]:
    """Record what each hop received, sent, holds and lost.

    Args:
        hops: The hops that the deployment has.
        jobs: Names of the scraped components.
    """
    for hop in hops:
        members = members_of(hop, jobs)
        if members:
            yield from _of_hop(hop, members)


def _of_hop(hop: Hop, jobs: Sequence[str]) -> Iterator[Recorded]:
    labels = {"hop": hop.name}
    # A hop may count waiting spans as received; their number is no counter.
    received = tuple(count for count in hop.received if count not in hop.queued)
    for name, counts in (("received", received), ("sent", hop.sent)):
        if counts:
            expression = rate(counts, jobs, _RATE_WINDOW, hop.labels)
            yield Recorded(f"kit:hop_{name}_spans:rate{_RATE_WINDOW}", expression, labels)
    if hop.queued:
        yield Recorded("kit:hop_waiting_spans", total(hop.queued, jobs, only=hop.labels), labels)
    if hop.capacity:
        by = tuple(hop.labels)
        fill = f"{total(hop.queued, jobs, by)} / {total(hop.capacity, jobs, by)}"
        yield Recorded("kit:hop_queue_fill:ratio", f"max({fill})", labels)
    for loss in hop.losses:
        word, window = ("lost", LOST_WINDOW) if loss.loses else ("refused", REFUSED_WINDOW)
        yield Recorded(
            f"kit:hop_{word}_spans:increase{window}",
            increase(loss, jobs, window),
            labels | {"cause": loss.told},
        )
