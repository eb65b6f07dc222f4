"""Collector versions that the kit knows, and their differences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CollectorVersion:
    """One version of the collector.

    Attributes:
        image: Image of the contrib distribution: the core one has no `file_storage`.
        feature_gates: Feature gates to enable. Without them a transform can't empty a list of links or events.
    """

    image: str
    feature_gates: tuple[str, ...]


# 0.166 removes `batch` from the distributions: the pipeline of further backends will then need `queuebatch`.
VERSIONS = {
    "0.159.0": CollectorVersion("otel/opentelemetry-collector-contrib:0.159.0", ("ottl.set.allowNil",)),
}
