"""Send the last spans of a process within a few seconds; count those that could not be sent as lost.

The SDK's own shutdown waits up to 30 s, and for each batch up to the export's timeout. That timeout
is long on purpose, so that a busy collector costs no spans. But a process that is being stopped has a
grace period, after which it is killed without a log line.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace.export import SpanExportResult

from .holding import HoldingExporter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.trace import ReadableSpan

_log = logging.getLogger(__name__)


class PatientExporter(HoldingExporter):
    """Holds its batch until the collector accepts it, or the process's time is up."""

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        """Read the standard OTEL_* variables. By default the process's own meter provider counts."""
        super().__init__(meter_provider=meter_provider)
        self._closing = False
        self._given_up = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; give it up at once when time is up."""
        result = super().export(spans)
        if self._closing and result is not SpanExportResult.SUCCESS:
            self._given_up += len(spans)
        return result

    def flush_within(self, seconds: float, shutdown: Callable[[], None]) -> int:
        """Run the SDK's shutdown; return the number of spans that were given up.

        After `seconds` the current export is cancelled, and the remaining spans are counted instead of sent.
        """
        self._closing = True
        timer = threading.Timer(seconds, self.stop_holding)
        timer.start()
        try:
            shutdown()
        finally:
            timer.cancel()
            timer.join()
        if self._given_up:
            _log.error(
                "gave up %d spans: %s did not accept them within %g s",
                self._given_up,
                self._endpoint,
                seconds,
            )
        return self._given_up
