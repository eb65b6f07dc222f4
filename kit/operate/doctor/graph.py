"""Check that the dependency graph has data."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from generator.components.dependencies.component import DependenciesPlan
from generator.spec.quantities import Duration
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import GRAPH
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

_LOOKBACK_MS = 3_600_000


def graph(subject: Subject) -> Iterator[Line]:
    """Check that the dependency graph has calls of the last hour."""
    url = subject.jaeger
    if url is None or subject.live is None:
        return
    import httpx

    looked = Looked("dependency graph", GRAPH, "calls between services of the last hour")
    now = int(time.time() * 1000)
    try:
        with httpx.Client(trust_env=False, timeout=10) as client:
            answer = client.get(f"{url}/api/dependencies", params={"endTs": now, "lookback": _LOOKBACK_MS})
            names = client.get(f"{url}/api/v3/services")
    except httpx.HTTPError as error:
        yield looked.fail(f"Jaeger does not answer: {error}", "kit logs jaeger")
        return
    if not answer.is_success:
        yield looked.fail(f"Jaeger answers {answer.status_code}: {answer.text[:200]}", "kit schema apply")
        return
    edges = answer.json().get("data") or []
    calls = sum(int(edge["callCount"]) for edge in edges)
    services = names.json().get("services") or [] if names.is_success else []
    if edges:
        yield looked.well(f"{len(edges)} edges, {calls:,} calls")
    elif len(services) < 2:
        yield looked.well("empty; fewer than two services have sent spans")
    elif (every := subject.live.deployment[DependenciesPlan].every) and not _overdue(url, services, every):
        yield looked.well(f"still empty: it is computed at least every {every}")
    else:
        yield looked.warn(f"empty, although {len(services)} services have sent spans")


def _overdue(url: str, services: Sequence[str], every: Duration) -> bool:
    """Whether a service has traces of the last hour that are older than two runs of the job."""
    from analysis.errors import AnalysisError
    from analysis.search import Query
    from analysis.sources.jaeger import JaegerClient

    now = time.time_ns()
    began, ended = now - _LOOKBACK_MS * 1_000_000, now - 2 * every.milliseconds * 1_000_000
    if ended <= began:
        return False
    try:
        with JaegerClient(url, timeout_s=10) as client:
            return any(
                trace.spans and min(span.start_ns for span in trace.spans) < ended
                for service in services
                for trace in client.search(
                    Query(service=service, start_ns=began, end_ns=ended, limit=1)
                ).traces
            )
    except AnalysisError:
        return True


CHECK = Check("dependency graph", GRAPH, graph)
