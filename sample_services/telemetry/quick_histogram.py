"""A histogram that records at half the SDK's cost: about 4 instead of 10 µs, for each request, statement and command.

The SDK checks, copies and hashes the attributes of each measurement, to find the aggregation of its series. Here that
is done once for each series. It needs parts of the SDK that are not public. If they are missing or different, every
measurement takes the SDK's own way.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.context import get_current

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.context import Context
    from opentelemetry.metrics import Histogram
    from opentelemetry.util.types import AttributeValue


class _Measurement(NamedTuple):
    """A measurement as an aggregation reads it."""

    value: float
    time_unix_nano: int
    attributes: Mapping[str, AttributeValue]
    context: Context


class _Series(NamedTuple):
    aggregate: Callable[[_Measurement, bool], None]
    sampled: Callable[[float, int, Mapping[str, AttributeValue], Context], bool]


class QuickHistogram:
    """Wraps a histogram of the API."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram: Any = histogram
        self._known: dict[tuple[tuple[str, AttributeValue], ...], _Series] = {}

    def record(
        self, amount: float, attributes: Mapping[str, AttributeValue], context: Context | None = None
    ) -> None:
        """Record an amount that is finite and not negative. Values of attributes are texts and numbers."""
        series = self._known.get(tuple(attributes.items()))
        if series is None:
            self._histogram.record(amount, attributes, context)
            self._learn(attributes)
            return
        # An empty context counts as none, as in the SDK.
        context, now = context or get_current(), time.time_ns()
        series.aggregate(
            _Measurement(amount, now, attributes, context), series.sampled(amount, now, attributes, context)
        )

    def _learn(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Remember the series of these attributes, if one storage with one view keeps it as its own."""
        # Before `sdk.start` the API's stand-in has no real instrument.
        instrument = getattr(self._histogram, "_real_instrument", self._histogram)
        try:
            consumer = instrument._measurement_consumer
            (storage,) = consumer._reader_storages.values()
            (match,) = storage._get_or_init_view_instrument_match(instrument)
            found = [
                aggregation
                for aggregation in tuple(match._attributes_aggregation.values())
                if aggregation._attributes == dict(attributes)
            ]
            (aggregation,) = found
            series = _Series(aggregation.aggregate, consumer._sdk_config.exemplar_filter.should_sample)
        except (AttributeError, ValueError):
            return
        self._known[tuple(attributes.items())] = series
