"""Spans on their way out when a process ends: sent if they can be within a few seconds, else given up and counted.

The SDK's own shutdown waits up to 30 s, and for each batch as long as an export may take. That
timeout is long on purpose (a collector that is busy must not cost spans), but a process that was
told to stop has a grace period, after which it is killed with nothing said.
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
    """Holds its batch until the collector takes it, or the process's time is up."""

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        """Read the standard OTEL_* variables; the process's own meters count unless others are given."""
        super().__init__(meter_provider=meter_provider)
        self._closing = False
        self._given_up = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; without trying, once time is up."""
        result = super().export(spans)
        if self._closing and result is not SpanExportResult.SUCCESS:
            self._given_up += len(spans)
        return result

    def flush_within(self, seconds: float, shutdown: Callable[[], None]) -> int:
        """Run the SDK's shutdown; returns how many spans were given up.

        After `seconds` the export in hand is cancelled and what is left is counted instead of sent.
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
                "gave up %d spans: %s did not take them within %g s",
                self._given_up,
                self._endpoint,
                seconds,
            )
        return self._given_up
