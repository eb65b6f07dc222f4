"""What Jaeger's own API returns, read without the kit's help."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.patience import ANSWER_S, PATIENCE_S

Span = dict[str, Any]


def spans_of(jaeger: str, trace_id: str) -> list[Span]:
    """A trace's spans by `/api/v3/traces/{id}`: OTLP JSON, each with its service under `service`."""
    answer = httpx.get(f"{jaeger}/api/v3/traces/{trace_id}", timeout=ANSWER_S, trust_env=False)
    if answer.status_code == 404:
        return []
    answer.raise_for_status()
    spans = []
    for resource in answer.json()["result"]["resourceSpans"]:
        service = attributes(resource["resource"]).get("service.name", "")
        for scope in resource["scopeSpans"]:
            spans += [{**span, "service": service} for span in scope.get("spans", [])]
    return spans


def attributes(owner: dict[str, Any]) -> dict[str, Any]:
    """OTLP's list of keys and values as a dict."""
    return {entry["key"]: next(iter(entry["value"].values())) for entry in owner.get("attributes", [])}


def wait_for(
    look: Callable[[], list[Span]], enough: Callable[[list[Span]], bool], seconds: float = PATIENCE_S
) -> list[Span]:
    """Look until there is enough; fails with what there was."""
    deadline = time.monotonic() + seconds
    while True:
        spans = look()
        if enough(spans):
            return spans
        assert time.monotonic() < deadline, [(span["service"], span["name"]) for span in spans]
        time.sleep(0.1)


def named(spans: list[Span], name: str) -> Span:
    """The one span of that name."""
    found = [span for span in spans if span["name"] == name]
    assert len(found) == 1, (name, [span["name"] for span in spans])
    return found[0]
