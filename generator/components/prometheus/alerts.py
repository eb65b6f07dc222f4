"""Alerts for lost, refused and delayed spans, made from the hops of the span pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.pipeline import Count, Hop, Loss

# Both are longer than several reads at the longest interval, so that one failed read is no gap.
_LOST_WINDOW = "15m"
# Shorter than the hold: one refused batch is no alert, its sender sends it again.
_REFUSED_WINDOW = "5m"
_REFUSED_HOLD = "10m"
# A series that had no sample for longer is new. Prometheus may have been down for less.
_KNOWN = "1d"
_NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting rule of Prometheus.

    Attributes:
        name: Its name, in CamelCase.
        expression: PromQL that has a result while the alert is active.
        hold: How long the expression must have a result before the alert fires, such as `5m`.
        severity: `critical` if spans are lost, else `warning`.
        summary: The problem, in one line.
        runbook: The next command to type.
        hop: Name of its hop, or empty if it belongs to no single one.
        cause: Fate of the spans in a few words, or empty for other alerts.
    """

    name: str
    expression: str
    hold: str
    severity: str
    summary: str
    runbook: str
    hop: str = ""
    cause: str = ""


def alerts(hops: Sequence[Hop], jobs: Sequence[str]) -> Iterator[Alert]:
    """Make the alerts of a deployment.

    Args:
        hops: The hops that the deployment has.
        jobs: Names of the scraped components.
    """
    yield Alert(
        "ComponentDown", f"up{{{_job(jobs)}}} == 0", "2m", "critical",
        "{{ $labels.job }} does not answer",
        "kit status, then kit logs {{ $labels.job }}",
    )  # fmt: skip
    for hop in hops:
        members = [name for name in hop.components if name in jobs]
        if members:
            yield from _of_hop(hop, members)


def _of_hop(hop: Hop, jobs: Sequence[str]) -> Iterator[Alert]:
    for loss in hop.losses:
        lost = bool(loss.in_ledger) or loss.is_final
        window = _LOST_WINDOW if lost else _REFUSED_WINDOW
        yield Alert(
            "SpansLost" if lost else "SpansRefused",
            f"{_increase(loss, jobs, window)} > 0",
            "0m" if lost else _REFUSED_HOLD,
            "critical" if lost else "warning",
            f"{hop.name}: {{{{ $value | humanize }}}} spans {loss.told} in {window}"
            + ("" if lost else "; their sender keeps them"),
            "kit doctor names the cause" + ("; kit verify counts the spans of each hop" if lost else ""),
            hop.name,
            loss.told,
        )
    if hop.capacity and not hop.may_fill:
        # One queue for each backend: an empty one must not hide a full one.
        by = f"sum by ({', '.join(hop.labels)})" if hop.labels else "sum"
        yield Alert(
            "QueueNearlyFull",
            f"{_sum(by, hop.queued, jobs)} / {_sum(by, hop.capacity, jobs)} > {_NEARLY_FULL}",
            "5m",
            "warning",
            f"{hop.name}: a queue is {{{{ $value | humanizePercentage }}}} full",
            "kit doctor names the hop behind it that is slow or down",
            hop.name,
        )


def _increase(loss: Loss, jobs: Sequence[str], window: str) -> str:
    """The spans lost within the window, as PromQL.

    `increase` does not count the first value of a series, and many counters begin to exist with their first loss. So
    the value of a new series is added.
    """
    series = _selector(loss.metric, jobs, present=loss.by)
    grown = f"sum(increase({series}[{window}]))"
    new = f"sum({series} unless last_over_time({series}[{_KNOWN}] offset {window}))"
    return f"({grown} or vector(0)) + ({new} or vector(0))"


def _sum(by: str, counts: Sequence[Count], jobs: Sequence[str]) -> str:
    parts = [f"{by}({_selector(count.metric, jobs, absent=count.without)})" for count in counts]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def _selector(metric: str, jobs: Sequence[str], present: str = "", absent: str = "") -> str:
    # Versions of a component differ in the suffix.
    matchers = [f'__name__=~"{metric}(_total)?"', _job(jobs)]
    matchers += [f'{present}!=""'] if present else []
    matchers += [f'{absent}=""'] if absent else []
    return "{" + ",".join(matchers) + "}"


def _job(jobs: Sequence[str]) -> str:
    return f'job="{jobs[0]}"' if len(jobs) == 1 else f'job=~"{"|".join(jobs)}"'
