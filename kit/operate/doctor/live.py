"""A deployment that runs, however it does: its hops, its metrics, its addresses."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from generator.targets import COMPOSE, NATIVE

_TIMEOUT = 3.0


@dataclass(frozen=True, slots=True)
class Hop:
    """A component as it is now; `state` in its own words."""

    name: str
    title: str
    up: bool
    state: str
    logs: str


class Sample(NamedTuple):
    """One value of a component's metrics."""

    name: str
    labels: Mapping[str, str]
    value: float


class Metrics:
    """What a component serves at `/metrics`."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    @classmethod
    def parse(cls, text: str) -> Metrics:
        """Read Prometheus's text format; counters are named without `_total`."""
        from prometheus_client.parser import text_string_to_metric_families

        return cls(
            Sample(sample.name.removesuffix("_total"), sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        )

    def all(self, name: str) -> list[Sample]:
        """Every value of a metric."""
        return [sample for sample in self._samples if sample.name == name]

    def total(self, name: str) -> int:
        """A metric summed over its labels; 0 when there is none."""
        return int(sum(sample.value for sample in self.all(name)))

    def version(self) -> str:
        """The component's own version, without a `v`; empty when it does not tell."""
        for sample in self.all("target_info"):
            if version := sample.labels.get("service_version"):
                return version.removeprefix("v")
        return ""


class Live(Protocol):
    """What runs."""

    @property
    def target(self) -> Target:
        """How it runs."""

    def hops(self) -> Sequence[Hop]:
        """Every component."""

    def metrics(self, name: str) -> Metrics | None:
        """A component's metrics; None when it does not answer."""

    def changed(self) -> Sequence[str]:
        """What would be different were it started now."""

    def address(self, name: str) -> str:
        """`host:port` of a listener from this machine, as `jaeger.query_http`; empty when there is none."""

    def dated(self) -> dict[str, str]:
        """Addresses that answer with a date, by component."""


def http_get(host: str, port: int, path: str) -> str | None:
    """The body of an answer with 200; None for any other, and for none."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return text if answer.status == 200 else None
