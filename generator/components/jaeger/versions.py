"""Jaeger versions the kit knows, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JaegerVersion:
    """One version's row.

    Attributes:
        image: its image.
        embedded_collector: the collector release its components come from: only keys of that release
            may stand in its config.
        bounds_traces: whether `jaeger_query.max_trace_size` is one of its keys (jaegertracing/jaeger #8098).
    """

    image: str
    embedded_collector: str
    bounds_traces: bool


VERSIONS = {
    "2.13.0": JaegerVersion("jaegertracing/jaeger:2.13.0", "0.140", bounds_traces=False),
    "2.20.0": JaegerVersion("jaegertracing/jaeger:2.20.0", "0.155", bounds_traces=True),
}

# The newest that builds as a Go module: later tags are not valid module versions.
NATIVE_VERSION = "2.13.0"
