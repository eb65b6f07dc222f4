"""Instant queries to Prometheus's HTTP API."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kit.errors import MachineError

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 30
_SHOWN = 200
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """One series of an answer, with its labels and its value."""

    labels: Labels
    value: float


class PrometheusClient:
    """A Prometheus, used as a context manager."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Connect to nothing yet.

        Args:
            url: URL of Prometheus, with or without a path.
            transport: Replaces the network in tests.
        """
        import httpx

        self.url = url.rstrip("/")
        # A proxy is for addresses outside; Prometheus listens on this machine.
        self._client = httpx.Client(trust_env=False, timeout=_TIMEOUT_S, transport=transport)

    def __enter__(self) -> PrometheusClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def query(self, expression: str) -> list[Value]:
        """Return the series that an expression has now; values that are no finite number are left out.

        Raises:
            MachineError: Prometheus does not answer, or refuses the expression.
        """
        import httpx

        try:
            answer = self._client.post(f"{self.url}/api/v1/query", data={"query": expression})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise MachineError(
                f"Prometheus at {self.url} does not answer: {error or type(error).__name__}",
                hint="kit status, or kit logs prometheus; --prometheus names another address",
            ) from None
        return [
            Value(series["metric"], value)
            for series in self._result(answer)
            if math.isfinite(value := float(series["value"][1]))
        ]

    def _result(self, answer: httpx.Response) -> list[Any]:
        try:
            document = answer.json()
            if answer.is_success:
                result: list[Any] = document["data"]["result"]
                return [one for one in result if one["value"] and isinstance(one["metric"], dict)]
            reason = str(document["error"])
        except (ValueError, KeyError, TypeError):
            reason = (
                f"HTTP {answer.status_code}, {answer.text[:_SHOWN]!r}, which is no answer of a Prometheus"
            )
        raise MachineError(
            f"{self.url} answers: {reason}", hint="--prometheus names another address; kit status shows it"
        )
