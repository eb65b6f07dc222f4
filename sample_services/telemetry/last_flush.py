"""Spans on their way out when a process ends: sent if they can be within a few seconds, else given up and counted.

The SDK's own shutdown waits up to 30 s, and for each batch as long as an export may take. That
timeout is long on purpose (a collector that is busy must not cost spans), but a process that was
told to stop has a grace period, after which it is killed with nothing said.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

_log = logging.getLogger(__name__)


class PatientExporter(OTLPSpanExporter):
    """Exports with OTEL_EXPORTER_OTLP_TIMEOUT until its time is up."""

    def __init__(self) -> None:
        """Read the standard OTEL_* variables."""
        super().__init__()
        self._closing = False
        self._time_is_up = False
        self._given_up = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; without trying, once time is up."""
        result = SpanExportResult.FAILURE
        try:
            if not self._time_is_up:
                result = super().export(spans)
        except ValueError:
            # The channel was closed between two attempts; anything else is the SDK's to tell.
            if not self._time_is_up:
                raise
        if self._closing and result is not SpanExportResult.SUCCESS:
            self._given_up += len(spans)
        return result

    def flush_within(self, seconds: float, shutdown: Callable[[], None]) -> int:
        """Run the SDK's shutdown; returns how many spans were given up.

        After `seconds` the export in hand is cancelled and what is left is counted instead of sent.
        """
        self._closing = True
        timer = threading.Timer(seconds, self._stop_trying)
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

    def shutdown(self, timeout_millis: float = 30_000, **_: object) -> None:
        """Stop; a second time is nothing."""
        if not self._shutdown:
            super().shutdown(timeout_millis)

    def _stop_trying(self) -> None:
        self._time_is_up = True
        self.shutdown()
