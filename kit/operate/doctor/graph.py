"""Whether the dependency graph is fed."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import GRAPH
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

_LOOKBACK_MS = 3_600_000


def graph(subject: Subject) -> Iterator[Line]:
    """Whether the dependency graph has something of the last hour."""
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
    elif len(services) > 1:
        yield looked.warn(f"empty, though {len(services)} services have sent spans")
    else:
        yield looked.well("empty; no two services have sent spans")


CHECK = Check("dependency graph", GRAPH, graph)
