"""The instruments of the samples, each declared with the names of its attributes.

Without a metrics SDK they do nothing. They can be created before `sdk.start`. The reference lists them, and a test
compares the declared attributes with those that are really recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry import metrics

from .quick_histogram import QuickHistogram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opentelemetry.metrics import CallbackOptions, Counter, Observation, UpDownCounter, _Gauge

    Callback = Callable[[CallbackOptions], Iterable[Observation]]

# Seconds: an HTTP request, by the conventions.
LATENCY_EDGES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
# Seconds: an operation inside a service, from a tenth of a millisecond on.
OPERATION_EDGES = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
)  # fmt: skip

_meter = metrics.get_meter("sample_services")


@dataclass(frozen=True, slots=True)
class Declared:
    """Declaration of an instrument; `kind` is the type in Prometheus."""

    name: str
    kind: str
    unit: str
    description: str
    attributes: tuple[str, ...]


declared: list[Declared] = []


def counter(name: str, unit: str, description: str, attributes: Sequence[str] = ()) -> Counter:
    """Declare a counter."""
    _declare(name, "counter", unit, description, attributes)
    return _meter.create_counter(name, unit, description)


def up_down_counter(name: str, unit: str, description: str, attributes: Sequence[str] = ()) -> UpDownCounter:
    """Declare a sum that can also decrease."""
    _declare(name, "gauge", unit, description, attributes)
    return _meter.create_up_down_counter(name, unit, description)


def gauge(name: str, unit: str, description: str, attributes: Sequence[str] = ()) -> _Gauge:
    """Declare a value that is set."""
    _declare(name, "gauge", unit, description, attributes)
    return _meter.create_gauge(name, unit, description)


def histogram(
    name: str,
    unit: str,
    description: str,
    attributes: Sequence[str] = (),
    edges: Sequence[float] = OPERATION_EDGES,
) -> QuickHistogram:
    """Declare a histogram; a view can replace the edges of its buckets."""
    _declare(name, "histogram", unit, description, attributes)
    return QuickHistogram(
        _meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=edges)
    )


def observed_counter(
    name: str, unit: str, description: str, callback: Callback, attributes: Sequence[str] = ()
) -> None:
    """Declare a counter that is read only when metrics are collected. The callback runs in another thread."""
    _declare(name, "counter", unit, description, attributes)
    _meter.create_observable_counter(name, [callback], unit, description)


def observed_sum(
    name: str, unit: str, description: str, callback: Callback, attributes: Sequence[str] = ()
) -> None:
    """Declare a sum that can decrease, and is read like `observed_counter`."""
    _declare(name, "gauge", unit, description, attributes)
    _meter.create_observable_up_down_counter(name, [callback], unit, description)


def _declare(name: str, kind: str, unit: str, description: str, attributes: Sequence[str]) -> None:
    declared.append(Declared(name, kind, unit, description, tuple(attributes)))
