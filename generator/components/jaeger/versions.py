"""Jaeger versions that the kit knows, and their differences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JaegerVersion:
    """One version of Jaeger.

    Attributes:
        image: Its image.
        embedded_collector: Collector release of its components; its config may use only keys of that release.
        bounds_traces: Whether it has the key `jaeger_query.max_trace_size` (jaegertracing/jaeger #8098).
    """

    image: str
    embedded_collector: str
    bounds_traces: bool


VERSIONS = {
    "2.13.0": JaegerVersion("jaegertracing/jaeger:2.13.0", "0.140", bounds_traces=False),
    "2.20.0": JaegerVersion("jaegertracing/jaeger:2.20.0", "0.155", bounds_traces=True),
}

# The newest version that builds as a Go module: later tags are not valid module versions.
NATIVE_VERSION = "2.13.0"
