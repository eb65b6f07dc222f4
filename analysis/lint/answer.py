"""The JSON answer of `kit traces lint`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, ClassVar

from analysis.coverage import TracesRead
from findings.document import FindingFields, document
from findings.finding import Finding
from findings.rule import Severity


@dataclass(frozen=True, slots=True)
class Requests:
    """Number of requests."""

    affected: Annotated[int, "requests with the problem"]
    all: Annotated[int | None, "all requests of the endpoint; null if unknown"]


@dataclass(frozen=True, slots=True)
class LintDetails:
    """Figures and evidence."""

    service: Annotated[str, "service of the requests"]
    endpoint: Annotated[str, "endpoint, queue or job where the requests start"]
    subject: Annotated[str, "the query, key or operation with the problem"]
    requests: Annotated[Requests, "number of requests"]
    trace_ids: Annotated[
        list[Annotated[str, "a trace id"]], "up to five traces with the problem, the most costly first"
    ]
    cost_ms_per_request: Annotated[float, "lost time per affected request, ms; 0 if it costs no time"]
    cost_ms_per_hour: Annotated[float | None, "lost time per hour, ms; null if the window has no length"]
    fingerprint: Annotated[str, "stable id of this finding, equal in other traces"]
    rounds: Annotated[int | None, "rounds of a loop with several calls each, in the worst request"] = None
    calls: Annotated[int | None, "calls in a row or in a loop, in the worst request"] = None
    total_ms: Annotated[float | None, "total time of these calls, ms"] = None
    saved_ms: Annotated[float | None, "time that parallel calls would save, ms"] = None
    attempts: Annotated[int | None, "number of attempts, in the worst request"] = None
    caller_trace_id: Annotated[str | None, "the trace that the separate trace should belong to"] = None


@dataclass(frozen=True, slots=True)
class LintFinding(FindingFields):
    """A broken rule."""

    severity: Annotated[Severity, "error: costs a request 100 ms or more, or splits a trace; else warning"]
    details: Annotated[LintDetails, "figures and evidence"]


@dataclass(frozen=True, slots=True)
class LintAnswer:
    """Problems found in traces, with their cost."""

    KIND: ClassVar = "traces.lint"

    coverage: Annotated[TracesRead, "what was read"]
    findings: Annotated[list[LintFinding], "errors first, then the most costly first"]


def lint_finding(finding: Finding) -> LintFinding:
    """Return the JSON form of a finding, with its figures and evidence."""
    told = document(finding)
    common = {one.name: getattr(told, one.name) for one in fields(FindingFields)}
    details = LintDetails(**{**finding.details, "requests": Requests(**finding.details["requests"])})
    return LintFinding(**{**common, "details": details})
