"""Questions to the Prometheus of a native deployment."""

from __future__ import annotations

from typing import Any

import httpx

from tests.native.stack import Stack
from tests.patience import ANSWER_S


def query(stack: Stack, expression: str) -> list[dict[str, Any]]:
    """Return the series of an expression, each with `metric` and `value`."""
    answer = httpx.get(
        f"{stack.prometheus}/api/v1/query",
        params={"query": expression},
        timeout=ANSWER_S,
        trust_env=False,
    )
    result: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
    return result
