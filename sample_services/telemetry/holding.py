"""An exporter that holds its batch for as long as the collector is away.

The SDK's own gives a batch up after some 15 s, and the processor then takes the next one out of its queue: a collector
that is away for a minute costs a minute of spans, however long the queue is. While this one holds its batch, the queue
fills up (OTEL_BSP_MAX_QUEUE_SIZE); when it is full, the SDK drops the oldest spans in it and counts them.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.trace import ReadableSpan

_log = logging.getLogger(__name__)

# Between the SDK's own series of tries, whose pauses are 1, 2, 4 and 8 s.
_PAUSE_SECONDS = 1.0
# The collector, or the way to it, is not well; the same batch is taken later. What is too large (RESOURCE_EXHAUSTED),
# not allowed or not understood is so at the next try, too.
_HELD = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "ABORTED", "OUT_OF_RANGE", "DATA_LOSS"})


class GivenUp(Exception):  # noqa: N818  # its name is the counter's `error.type`
    """The process ended before the collector took the batch."""


@dataclass(slots=True)
class _Try:
    """How a try ended; the SDK fills it in."""

    error: Exception | None = None
    error_attrs: Any = None


class _Tries:
    """Stands in for the exporter's counters during a try: a batch is counted once, when it is over."""

    def __init__(self) -> None:
        self.last = _Try()

    @contextmanager
    def export_operation(self, num_items: int) -> Iterator[_Try]:
        del num_items
        self.last = _Try()
        yield self.last


class HoldingExporter(OTLPSpanExporter):
    """Exports over gRPC; tries a batch again until the collector has answered, or `stop_holding`.

    A flush by hand (`TracerProvider.force_flush`) waits as long.
    """

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        """Read the standard OTEL_* variables; the process's own meters count unless others are given."""
        super().__init__(meter_provider=meter_provider)
        self._counters, self._tries = self._metrics, _Tries()
        self._metrics = self._tries  # type: ignore[assignment]  # their type is private
        self._holds = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch, however long that takes."""
        began, held = time.monotonic(), False
        with self._counters.export_operation(len(spans)) as counted:
            while not self._sent(spans):
                error = self._tries.last.error
                if not self._holds or (error and _code(error) not in _HELD):
                    counted.error = error or GivenUp()
                    counted.error_attrs = self._tries.last.error_attrs
                    return SpanExportResult.FAILURE
                if not held:
                    _log.warning("%s takes no spans: they are held until it does", self._endpoint)
                held = True
                self._shutdown_in_progress.wait(_PAUSE_SECONDS)
        if held:
            _log.warning("%s takes spans again, after %.0f s", self._endpoint, time.monotonic() - began)
        return SpanExportResult.SUCCESS

    def stop_holding(self) -> None:
        """From now on one try is enough, and the one under way is ended."""
        self._holds = False
        self.shutdown()

    def shutdown(self, timeout_millis: float = 30_000, **_: object) -> None:
        """Stop; a second time is nothing."""
        self._holds = False
        if not self._shutdown:
            super().shutdown(timeout_millis)

    def _sent(self, spans: Sequence[ReadableSpan]) -> bool:
        try:
            return super().export(spans) is SpanExportResult.SUCCESS
        except ValueError:
            # The channel was closed between two attempts; anything else is the SDK's to tell.
            if self._holds:
                raise
            return False


def _code(error: Exception) -> str:
    """The name of gRPC's status code; empty for any other error."""
    code = getattr(error, "code", None)
    return str(code().name) if callable(code) else ""
