"""Check of a set of traces by all rules: the problems, their frequency and their cost."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.building import table_of
from analysis.columns.table import SpanTable
from analysis.columns.traces import traces_in
from analysis.durations import format_duration
from analysis.lint import calls, conventions, retries, waits
from analysis.lint import propagation as joints
from analysis.lint.conventions import missing_attributes, old_names, unbounded_names
from analysis.lint.lint_spans import LintSpans
from analysis.lint.loops import loops
from analysis.lint.propagation import SETTLING_NS, propagation
from analysis.lint.serial import serial_calls
from analysis.lint.waits import pool_waits, stampedes
from analysis.search import Query
from analysis.selection import attribute_keys, chosen
from analysis.semantics import NEEDED as FOR_NAMES
from findings.finding import Finding
from findings.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from analysis.columns.table import Mask
    from analysis.lint.lint_spans import EntryPoint, Violation
    from analysis.model import Trace

NEEDED = tuple(
    dict.fromkeys(
        (*FOR_NAMES, *calls.NEEDED, *waits.NEEDED, *retries.NEEDED, *joints.NEEDED, *conventions.NEEDED)
    )
)
"""The attributes that a table must hold for all rules."""

LEAST_SHARE = 0.01
"""Minimum share of requests for a finding that costs time."""

SEVERE_MS = 100.0
"""Cost per request from which a finding is an error: the threshold of Sentry's detector of serial queries."""

SHOWN_TRACES = 5

DETECTORS: Sequence[Callable[[LintSpans], Iterator[Violation]]] = (
    loops,
    serial_calls,
    pool_waits,
    stampedes,
    retries.retries,
    propagation,
    old_names,
    missing_attributes,
    unbounded_names,
)


def lint(
    spans: SpanTable | Iterable[Trace],
    *,
    window_ns: tuple[int, int] | None = None,
    live: bool = False,
    service: str = "",
    endpoint: str = "",
    attributes: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Check traces by all rules and return the findings: errors first, then the costliest first.

    Args:
        spans: All spans that were read; links may connect any of them. A table must hold the attributes `NEEDED` and
            those of `attributes`.
        window_ns: Start and end of the window (default: from the first to the last start).
        live: Whether the window ends so recently that spans may still be missing.
        service: Only findings about this service.
        endpoint: Only findings about this endpoint or queue.
        attributes: Keys and values as text. Only traces with a span that has all of them are checked and counted.

    Returns:
        Findings; `details` has service, endpoint, subject, requests (affected and all), trace_ids, cost_ms_per_request
        (mean over the affected), cost_ms_per_hour (None if the window has no length) and a stable fingerprint.
    """
    query = Query(attributes=attributes or {})
    table = spans if isinstance(spans, SpanTable) else _table(spans, query)
    starts = traces_in(table).start_ns
    start_ns, end_ns = window_ns or ((int(starts[0]), int(starts[-1])) if len(starts) else (0, 0))
    lint_spans = LintSpans(table, start_ns=start_ns, settled_ns=end_ns - SETTLING_NS if live else None)
    among = np.zeros(len(table.trace_ids), bool)
    among[table.trace[chosen(table, query)]] = True
    requests = lint_spans.requests(among[table.trace])
    groups: dict[tuple[str, str, str, str], _Group] = {}
    for detector in DETECTORS:
        for violation in detector(lint_spans):
            if (
                service in ("", violation.entry[0])
                and endpoint in ("", violation.entry[1])
                and among[violation.traces].any()
            ):
                key = (violation.rule.id, *violation.entry, violation.subject)
                groups.setdefault(key, _Group()).add(violation, among)
    hours = (end_ns - start_ns) / 3.6e12
    found = [
        group.finding(table, requests.get(group.worst.entry), hours)
        for group in groups.values()
        if group.is_often(requests)
    ]
    return sorted(
        found,
        key=lambda one: (
            one.how_bad is not Severity.ERROR,
            -float(one.details["cost_ms_per_hour"] or one.details["cost_ms_per_request"]),
            one.rule.id,
            one.found,
        ),
    )


class _Group:
    """The violations of one finding: their cost in each trace, and the costliest of them."""

    def __init__(self) -> None:
        self.costs: dict[int, float] = {}
        self._worst: tuple[float, int, Violation] | None = None

    @property
    def worst(self) -> Violation:
        """The costliest violation; among equals, the one in the trace with the highest index."""
        assert self._worst is not None  # noqa: S101  # a group has violations
        return self._worst[2]

    def add(self, violation: Violation, among: Mask) -> None:
        """Add a violation for those of its traces that are selected."""
        traces = violation.traces[among[violation.traces]].tolist()
        for trace in traces:
            self.costs[trace] = self.costs.get(trace, 0.0) + violation.cost_ms
        rank = (violation.cost_ms, max(traces))
        if self._worst is None or rank > self._worst[:2]:
            self._worst = (*rank, violation)

    def is_often(self, requests: Mapping[EntryPoint, int]) -> bool:
        """Whether it is frequent enough to report; always if it costs no time."""
        if not any(self.costs.values()):
            return True
        return len(self.costs) >= LEAST_SHARE * requests.get(self.worst.entry, 0)

    def finding(self, table: SpanTable, requests: int | None, hours: float) -> Finding:
        """Build the finding, with its evidence and cost."""
        worst = self.worst
        total = sum(self.costs.values())
        each = total / len(self.costs)
        hourly = total / hours if hours > 0 else None
        costliest = sorted(self.costs, key=lambda trace: (-self.costs[trace], trace))[:SHOWN_TRACES]
        trace_ids = [table.trace_ids[trace] for trace in costliest]
        rule, (service, name) = worst.rule, worst.entry
        affected = len(self.costs)
        return Finding(
            rule=rule,
            found=f"{service}: {name}: {worst.found}{_evidence(trace_ids, affected, requests, each, hourly)}",
            expected=worst.expected,
            fix=worst.fix,
            severity=Severity.ERROR if each >= SEVERE_MS else None,
            details={
                "service": service,
                "endpoint": name,
                "subject": worst.subject,
                "requests": {"affected": affected, "all": requests},
                "trace_ids": trace_ids,
                "cost_ms_per_request": each,
                "cost_ms_per_hour": hourly,
                "fingerprint": _fingerprint(rule.id, service, name, worst.subject),
                **worst.details,
            },
        )


def _table(traces: Iterable[Trace], query: Query) -> SpanTable:
    spans = (span for trace in traces for span in trace.spans)
    return table_of(spans, [*NEEDED, *attribute_keys(query)])


def _evidence(
    trace_ids: Sequence[str], affected: int, requests: int | None, each: float, hourly: float | None
) -> str:
    of = f" of {requests:,}" if requests else ""
    said = f"\n    in {affected:,}{of} requests, such as {', '.join(trace_ids[:2])}"
    if each:
        said += f"\n    costs {each:.3g} ms a request"
        if hourly is not None:
            said += f", {format_duration(hourly * 1_000_000)} an hour"
    return said


def _fingerprint(*parts: str) -> str:
    """Return an id that is the same for the same finding in every run."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
