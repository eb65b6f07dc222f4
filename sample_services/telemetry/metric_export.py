"""Push metrics over OTLP/gRPC at the interval of OTEL_METRIC_EXPORT_INTERVAL.

All values are cumulative (`one_storage`), so the next push contains what a failed one did. So a push is tried once, in
its own thread, and the log has one line when pushes begin to fail and one when they succeed again.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from grpc import StatusCode  # type: ignore[import-untyped]
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, PeriodicExportingMetricReader

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricsData

_log = logging.getLogger(__name__)

# Time for the thread to end when there is nothing to push.
_STOP_SECONDS = 0.1
_SDK_LOG = "opentelemetry.exporter.otlp.proto.grpc.exporter"


def is_on() -> bool:
    """Whether OTEL_METRICS_EXPORTER names `otlp`. Without the variable nothing is pushed."""
    return "otlp" in (name.strip() for name in os.environ.get("OTEL_METRICS_EXPORTER", "").split(","))


class OneTryExporter(OTLPMetricExporter):
    """Exports without retries, and logs only changes."""

    def __init__(self) -> None:
        """Read the standard OTEL_* variables."""
        # An empty set would be replaced by the default.
        super().__init__(retryable_error_codes=[StatusCode.OK])
        self._fails = False
        logging.getLogger(_SDK_LOG).addFilter(_is_not_about_metrics)

    def export(self, metrics_data: MetricsData, *arguments: Any, **options: Any) -> MetricExportResult:
        """Send all metrics once."""
        if self._is_closed():
            return MetricExportResult.FAILURE
        try:
            result = super().export(metrics_data, *arguments, **options)
        except ValueError:
            # gRPC raises it if the channel was closed meanwhile.
            if not self._is_closed():
                raise
            result = MetricExportResult.FAILURE
        fails = result is not MetricExportResult.SUCCESS
        if fails and not self._fails:
            _log.warning("%s accepts no metrics: the next push contains them", self._endpoint)
        elif self._fails and not fails:
            _log.warning("%s accepts metrics again", self._endpoint)
        self._fails = fails
        return result

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Cancel the current push, and refuse further ones. A second call has no effect."""
        if not self._is_closed():
            super().shutdown(timeout_millis)

    def _is_closed(self) -> bool:
        return self._shutdown


class Push:
    """The metric reader that pushes, and its end.

    Attributes:
        reader: For the meter provider.
    """

    def __init__(self) -> None:
        """Read the standard OTEL_* variables. Raises ValueError if one is invalid."""
        self._exporter = OneTryExporter()
        self.reader = PeriodicExportingMetricReader(self._exporter)

    def end(self, seconds: float) -> None:
        """Push the last values within some seconds, then stop. Without any time left, nothing is pushed."""
        if seconds <= 0:
            self._exporter.shutdown()
        self.reader.shutdown(max(seconds, _STOP_SECONDS) * 1000)


def _is_not_about_metrics(record: logging.LogRecord) -> bool:
    return not (isinstance(record.args, tuple) and "metrics" in record.args[:2])
