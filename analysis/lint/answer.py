"""The answer about the rules that traces break."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, ClassVar

from analysis.coverage import TracesRead
from findings.document import FindingFields, document
from findings.finding import Finding
from findings.rule import Severity


@dataclass(frozen=True, slots=True)
class Requests:
    """How many requests show it."""

    affected: Annotated[int, "that show it"]
    all: Annotated[int | None, "of that endpoint; null where that is not known"]


@dataclass(frozen=True, slots=True)
class LintDetails:
    """Figures and evidence."""

    service: Annotated[str, "whose requests"]
    endpoint: Annotated[str, "the endpoint, the queue or the job that they enter by"]
    subject: Annotated[str, "what it is about: a query, a key, an operation"]
    requests: Annotated[Requests, "how many"]
    trace_ids: Annotated[
        list[Annotated[str, "a trace's id"]], "evidence, the most costly first; a few of them"
    ]
    cost_ms_per_request: Annotated[float, "ms; 0 where it costs no time"]
    cost_ms_per_hour: Annotated[float | None, "ms; null where the window has no length"]
    fingerprint: Annotated[str, "the same for the same finding in other traces"]
    rounds: Annotated[int | None, "rounds of a loop with several calls each, in the worst request"] = None
    calls: Annotated[int | None, "calls in a row or in a loop, in the worst request"] = None
    total_ms: Annotated[float | None, "that they took together, ms"] = None
    saved_ms: Annotated[float | None, "that the request would be faster side by side, ms"] = None
    attempts: Annotated[int | None, "tries, in the worst request"] = None
    caller_trace_id: Annotated[str | None, "the trace that the broken one should be part of"] = None


@dataclass(frozen=True, slots=True)
class LintFinding(FindingFields):
    """A broken rule."""

    severity: Annotated[Severity, "error: it costs a request 100 ms or more, or a trace falls apart"]
    details: Annotated[LintDetails, "figures and evidence"]


@dataclass(frozen=True, slots=True)
class LintAnswer:
    """What traces show to be wrong, and what it costs."""

    KIND: ClassVar = "traces.lint"

    coverage: Annotated[TracesRead, "what was read"]
    findings: Annotated[list[LintFinding], "the most costly first"]


def lint_finding(finding: Finding) -> LintFinding:
    """A finding with its figures and evidence."""
    told = document(finding)
    common = {one.name: getattr(told, one.name) for one in fields(FindingFields)}
    details = LintDetails(**{**finding.details, "requests": Requests(**finding.details["requests"])})
    return LintFinding(**{**common, "details": details})
