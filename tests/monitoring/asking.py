"""Questions to a Prometheus, over its HTTP API."""

from __future__ import annotations

from typing import Any

import httpx

from tests.patience import ANSWER_S


def ask(prometheus: str, path: str, **parameters: Any) -> Any:
    """Return the data of an answer of the API at this address."""
    answer = httpx.get(f"{prometheus}/api/v1/{path}", params=parameters, timeout=ANSWER_S, trust_env=False)
    return answer.raise_for_status().json()["data"]


def query(prometheus: str, expression: str) -> list[dict[str, Any]]:
    """Return the series of an expression, each with `metric` and `value`."""
    result: list[dict[str, Any]] = ask(prometheus, "query", query=expression)["result"]
    return result
