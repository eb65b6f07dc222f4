"""An exporter that holds its batch while the collector is down.

The SDK's own exporter drops a batch after about 15 s, and the processor then sends the next one. So a collector that
is down for a minute costs a minute of spans, even with a long queue. This exporter holds its batch, and the queue fills
up (OTEL_BSP_MAX_QUEUE_SIZE). When it is full, the SDK drops the oldest spans in it and counts them.
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

# Pause between two series of the SDK's tries, which pauses for 1, 2, 4 and 8 s itself.
_PAUSE_SECONDS = 1.0
# Failures of the collector or the network: the same batch is accepted later. A batch that is too large
# (RESOURCE_EXHAUSTED), not allowed or invalid would be refused at the next try, too.
_HELD = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "ABORTED", "OUT_OF_RANGE", "DATA_LOSS"})


class GivenUp(Exception):  # noqa: N818  # its name is the counter's `error.type`
    """Recorded when the process ended before the collector accepted the batch."""


@dataclass(slots=True)
class _Try:
    """Result of a try; the SDK fills it in."""

    error: Exception | None = None
    error_attrs: Any = None


class _Tries:
    """Replaces the exporter's counters during a try, so that a batch is counted once, at its end."""

    def __init__(self) -> None:
        self.last = _Try()

    @contextmanager
    def export_operation(self, num_items: int) -> Iterator[_Try]:
        del num_items
        self.last = _Try()
        yield self.last


class HoldingExporter(OTLPSpanExporter):
    """Exports over gRPC, and retries a batch until the collector has answered or `stop_holding` is called.

    An explicit flush (`TracerProvider.force_flush`) waits as long.
    """

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        """Read the standard OTEL_* variables. By default the process's own meter provider counts."""
        super().__init__(meter_provider=meter_provider)
        self._counters, self._tries = self._metrics, _Tries()
        self._metrics = self._tries  # type: ignore[assignment]  # their type is private
        self._holds = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch, and retry without a time limit."""
        began, held = time.monotonic(), False
        with self._counters.export_operation(len(spans)) as counted:
            while not self._sent(spans):
                error = self._tries.last.error
                if not self._holds or (error and _code(error) not in _HELD):
                    counted.error = error or GivenUp()
                    counted.error_attrs = self._tries.last.error_attrs
                    return SpanExportResult.FAILURE
                if not held:
                    _log.warning("%s accepts no spans: they are held until it does", self._endpoint)
                held = True
                self._shutdown_in_progress.wait(_PAUSE_SECONDS)
        if held:
            _log.warning("%s accepts spans again, after %.0f s", self._endpoint, time.monotonic() - began)
        return SpanExportResult.SUCCESS

    def stop_holding(self) -> None:
        """Cancel the current try, and from now on make only one try per batch."""
        self._holds = False
        self.shutdown()

    def shutdown(self, timeout_millis: float = 30_000, **_: object) -> None:
        """Stop the exporter. A second call has no effect."""
        self._holds = False
        if not self._shutdown:
            super().shutdown(timeout_millis)

    def _sent(self, spans: Sequence[ReadableSpan]) -> bool:
        try:
            return super().export(spans) is SpanExportResult.SUCCESS
        except ValueError:
            # The channel was closed between two tries. Other errors are left to the SDK.
            if self._holds:
                raise
            return False


def _code(error: Exception) -> str:
    """Return the name of gRPC's status code; empty for any other error."""
    code = getattr(error, "code", None)
    return str(code().name) if callable(code) else ""
