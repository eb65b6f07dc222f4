"""Read the metrics that a component serves at `/metrics`."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from generator.pipeline import Count

_TIMEOUT = 5.0


class Sample(NamedTuple):
    """One value of a metric."""

    name: str
    labels: Mapping[str, str]
    value: float


class Metrics:
    """All metric values of a component; counter names lack their `_total`."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    @classmethod
    def parse(cls, text: str) -> Metrics:
        """Read Prometheus's text format."""
        from prometheus_client.parser import text_string_to_metric_families

        return cls(
            Sample(sample.name.removesuffix("_total"), sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        )

    def all(self, name: str) -> list[Sample]:
        """Every value of a metric."""
        return [sample for sample in self._samples if sample.name == name]

    def spans(self, counts: Iterable[Count]) -> int:
        """Return the sum of some metrics; 0 when the component serves none of them."""
        return sum(
            int(sample.value)
            for count in counts
            for sample in self.all(count.metric)
            if not sample.labels.get(count.without)
        )

    def by_reason(self, metric: str, label: str) -> dict[str, int]:
        """Return a metric's sums by the value of a label; samples without the label are left out.

        Without a label, return the metric's sum under an empty key.
        """
        found: dict[str, int] = {}
        for sample in self.all(metric):
            reason = sample.labels.get(label, "")
            if reason or not label:
                found[reason] = found.get(reason, 0) + int(sample.value)
        return {reason: count for reason, count in found.items() if count}

    def only(self, labels: Mapping[str, str]) -> Metrics:
        """Return the metrics without the samples whose label value does not match its pattern in `labels`."""
        patterns = {label: re.compile(pattern) for label, pattern in labels.items()}
        return Metrics(
            sample
            for sample in self._samples
            if all(
                pattern.fullmatch(sample.labels[label])
                for label, pattern in patterns.items()
                if label in sample.labels
            )
        )

    def version(self) -> str:
        """Return the component's version, without a `v`; empty when it does not report one."""
        for sample in self.all("target_info"):
            if version := sample.labels.get("service_version"):
                return version.removeprefix("v")
        return ""


def fetch(host: str, port: int, path: str) -> Metrics | None:
    """Fetch the metrics of a component; None when it does not answer."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return Metrics.parse(text) if answer.status == 200 else None
