"""The targets of a Prometheus, from its API."""

from __future__ import annotations

import httpx

from tests.patience import ANSWER_S


def targets(prometheus: str) -> dict[str, str]:
    """Return the health of each job; empty while Prometheus at this address does not answer."""
    try:
        answer = httpx.get(
            f"{prometheus}/api/v1/targets", timeout=ANSWER_S, trust_env=False
        ).raise_for_status()
    except httpx.HTTPError:
        return {}
    return {it["labels"]["job"]: it["health"] for it in answer.json()["data"]["activeTargets"]}
