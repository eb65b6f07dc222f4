"""All rules over a set of traces: what is wrong, how often, and what it costs."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from analysis.durations import format_duration
from analysis.lint.conventions import missing_attributes, old_names, unbounded_names
from analysis.lint.look import Look
from analysis.lint.loops import loops
from analysis.lint.propagation import SETTLING_NS, propagation
from analysis.lint.retries import retries
from analysis.lint.serial import serial_calls
from analysis.lint.waits import pool_waits, stampedes
from findings.finding import Finding
from findings.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analysis.lint.look import Hit
    from analysis.model import Trace

LEAST_SHARE = 0.01
"""What costs time is told when it happens in at least so many of the requests: one in a hundred."""

SEVERE_MS = 100.0
"""A finding that costs a request so much is an error: the least that Sentry's detector of serial queries tells of."""

SHOWN_TRACES = 5

DETECTORS: Sequence[Callable[[Look], Iterator[Hit]]] = (
    loops,
    serial_calls,
    pool_waits,
    stampedes,
    retries,
    propagation,
    old_names,
    missing_attributes,
    unbounded_names,
)


def lint(
    traces: Iterable[Trace],
    *,
    window_ns: tuple[int, int] | None = None,
    live: bool = False,
    service: str = "",
    endpoint: str = "",
) -> list[Finding]:
    """Look for everything that the rules know of, the costliest first.

    Args:
        traces: all that were read; a link may lead from any to any.
        window_ns: their window; from the first start to the last if not given.
        live: whether the window's end is so new that spans may still be on their way.
        service: only findings about this service.
        endpoint: only findings about this endpoint or queue.

    Returns:
        Findings; `details` has service, endpoint, subject, requests (affected and all), trace_ids, cost_ms_per_request
        (mean over the affected), cost_ms_per_hour (None without a window) and fingerprint, which stays the same.
    """
    traces = list(traces)
    starts = [trace.start_ns for trace in traces] or [0]
    start_ns, end_ns = window_ns or (min(starts), max(starts))
    look = Look(traces, start_ns=start_ns, settled_ns=end_ns - SETTLING_NS if live else None)
    groups: dict[tuple[str, str, str, str], list[Hit]] = defaultdict(list)
    for detector in DETECTORS:
        for hit in detector(look):
            if service in ("", hit.entry[0]) and endpoint in ("", hit.entry[1]):
                groups[hit.rule.id, *hit.entry, hit.subject].append(hit)
    hours = (end_ns - start_ns) / 3.6e12
    found = [_finding(hits, look, hours) for hits in groups.values() if _often(hits, look)]
    return sorted(
        found,
        key=lambda one: (
            one.how_bad is not Severity.ERROR,
            -float(one.details["cost_ms_per_hour"] or one.details["cost_ms_per_request"]),
            one.rule.id,
            one.found,
        ),
    )


def _often(hits: Sequence[Hit], look: Look) -> bool:
    if not any(hit.cost_ms for hit in hits):
        return True
    affected = len({hit.trace_id for hit in hits})
    return affected >= LEAST_SHARE * look.requests[hits[0].entry]


def _finding(hits: Sequence[Hit], look: Look, hours: float) -> Finding:
    by_trace: dict[str, float] = defaultdict(float)
    for hit in hits:
        by_trace[hit.trace_id] += hit.cost_ms
    worst = max(hits, key=lambda hit: (hit.cost_ms, hit.trace_id))
    trace_ids = sorted(by_trace, key=lambda trace_id: (-by_trace[trace_id], trace_id))
    total = sum(by_trace.values())
    each = total / len(by_trace)
    hourly = total / hours if hours > 0 else None
    rule, (service, name) = worst.rule, worst.entry
    requests = look.requests.get(worst.entry)
    return Finding(
        rule=rule,
        found=f"{service}: {name}: {worst.found}{_evidence(trace_ids, requests, each, hourly)}",
        expected=worst.expected,
        fix=worst.fix,
        severity=Severity.ERROR if each >= SEVERE_MS else None,
        details={
            "service": service,
            "endpoint": name,
            "subject": worst.subject,
            "requests": {"affected": len(by_trace), "all": requests},
            "trace_ids": trace_ids[:SHOWN_TRACES],
            "cost_ms_per_request": each,
            "cost_ms_per_hour": hourly,
            "fingerprint": _fingerprint(rule.id, service, name, worst.subject),
            **worst.details,
        },
    )


def _evidence(trace_ids: Sequence[str], requests: int | None, each: float, hourly: float | None) -> str:
    of = f" of {requests:,}" if requests else ""
    said = f"\n    in {len(trace_ids):,}{of} requests, such as {', '.join(trace_ids[:2])}"
    if each:
        said += f"\n    costs {each:.3g} ms a request"
        if hourly is not None:
            said += f", {format_duration(hourly * 1_000_000)} an hour"
    return said


def _fingerprint(*parts: str) -> str:
    """The same for the same finding at every run, so that it can be recognised."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
