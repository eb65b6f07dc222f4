"""Alerts for lost, refused and delayed spans, made from the hops of the span pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generator.components.prometheus.promql import increase, job, total
from generator.pipeline import Hop

# Both are longer than several reads at the longest interval, so that one failed read is no gap.
LOST_WINDOW = "15m"
# Shorter than the hold: one refused batch is no alert, its sender sends it again.
REFUSED_WINDOW = "5m"
_REFUSED_HOLD = "10m"
_NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting rule of Prometheus.

    Attributes:
        name: Its name, in CamelCase.
        expression: PromQL that has a result while the alert is active.
        hold: How long the expression must have a result before the alert fires, such as `5m`.
        severity: `critical` if spans are lost or users wait, else `warning`.
        summary: The problem, in one line; a template of Prometheus.
        runbook: The next command to type; a template of Prometheus.
        labels: Further labels. They are templates too, so they hold no text from the spec.
    """

    name: str
    expression: str
    hold: str
    severity: str
    summary: str
    runbook: str
    labels: Mapping[str, str] = field(default_factory=dict)


def pipeline_alerts(hops: Sequence[Hop], jobs: Sequence[str]) -> Iterator[Alert]:
    """Make the alerts about the span pipeline.

    Args:
        hops: The hops that the deployment has.
        jobs: Names of the scraped components.
    """
    yield Alert(
        "ComponentDown", f"up{{{job(jobs)}}} == 0", "2m", "critical",
        "{{ $labels.job }} does not answer",
        "kit status, then kit logs {{ $labels.job }}",
    )  # fmt: skip
    for hop in hops:
        members = members_of(hop, jobs)
        if members:
            yield from _of_hop(hop, members)


def members_of(hop: Hop, jobs: Sequence[str]) -> list[str]:
    """Return the components of a hop that are scraped."""
    return [name for name in hop.components if name in jobs]


def _of_hop(hop: Hop, jobs: Sequence[str]) -> Iterator[Alert]:
    for loss in hop.losses:
        lost = loss.loses
        window = LOST_WINDOW if lost else REFUSED_WINDOW
        yield Alert(
            "SpansLost" if lost else "SpansRefused",
            f"{increase(loss, jobs, window)} > 0",
            "0m" if lost else _REFUSED_HOLD,
            "critical" if lost else "warning",
            f"{hop.name}: {{{{ $value | humanize }}}} spans {loss.told} in {window}"
            + ("" if lost else "; their sender keeps them"),
            "kit doctor names the cause" + ("; kit verify counts the spans of each hop" if lost else ""),
            {"hop": hop.name, "cause": loss.told},
        )
    if hop.capacity and not hop.may_fill:
        # One queue for each backend: an empty one must not hide a full one.
        by = tuple(hop.labels)
        yield Alert(
            "QueueNearlyFull",
            f"{total(hop.queued, jobs, by)} / {total(hop.capacity, jobs, by)} > {_NEARLY_FULL}",
            "5m",
            "warning",
            f"{hop.name}: a queue is {{{{ $value | humanizePercentage }}}} full",
            "kit doctor names the hop behind it that is slow or down",
            {"hop": hop.name},
        )
