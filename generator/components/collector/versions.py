"""Collector versions the kit knows, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CollectorVersion:
    """One version's row.

    Attributes:
        image: the distribution with `file_storage`, which the core one lacks.
        feature_gates: without them a statement of a transform can't empty a list of links or events.
    """

    image: str
    feature_gates: tuple[str, ...]


# 0.166 takes `batch` out of the distributions: the hop before further backends will need `queuebatch` instead.
VERSIONS = {
    "0.159.0": CollectorVersion("otel/opentelemetry-collector-contrib:0.159.0", ("ottl.set.allowNil",)),
}
