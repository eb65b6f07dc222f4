"""What each hop counts of the spans that pass it, read from its own metrics."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass

from kit.operate.native.state import State

_TIMEOUT = 5.0
COLLECTOR = "collector"
JAEGER = "jaeger"

# Metric by what it means here. The collector's own are named without `_total`, Jaeger's with it.
_RECEIVER = {
    "received": "otelcol_receiver_accepted_spans",
    "refused": "otelcol_receiver_refused_spans",
    "queue_refused": "otelcol_exporter_enqueue_failed_spans",
    "sent": "otelcol_exporter_sent_spans",
    "failed": "otelcol_exporter_send_failed_spans",
    "queued": "otelcol_exporter_queue_size",
}
# The collector's exporter to Jaeger (`otlp_http/jaeger`), and Jaeger's to the storage.
_TO_STORAGE = (JAEGER, "jaeger_storage_exporter")
_SDK_PROCESSED = "otel_sdk_processor_span_processed"
_SDK_EXPORTED = "otel_sdk_exporter_span_exported"
_SDK_QUEUED = "otel_sdk_processor_span_queue_size"
_SDK_EXPORTING = "otel_sdk_exporter_span_inflight"


@dataclass(frozen=True, slots=True)
class Sdk:
    """One service's SDK, in spans since its start.

    Attributes:
        processed: handed to the exporter.
        dropped: by reason, as `queue_full`: never handed to it.
        exported: acknowledged by the collector.
        failed: by reason: given up by the exporter.
        queued: waiting in the processor's queue.
        exporting: with the exporter, not acknowledged yet.
    """

    processed: int
    dropped: Mapping[str, int]
    exported: int
    failed: Mapping[str, int]
    queued: int
    exporting: int

    @property
    def created(self) -> int:
        """Spans that ended in this process and were sampled."""
        return self.processed + sum(self.dropped.values()) + self.queued


@dataclass(frozen=True, slots=True)
class Relay:
    """The collector, or Jaeger, in spans since its start.

    Attributes:
        received: accepted from senders.
        refused: turned away; the sender still has them.
        queue_refused: turned away at the exporter's full queue.
        sent: acknowledged by the next hop; for Jaeger, written to the storage.
        failed: given up.
        queued: waiting.
    """

    received: int
    refused: int
    queue_refused: int
    sent: int
    failed: int
    queued: int


@dataclass(frozen=True, slots=True)
class Counters:
    """All hops at one time; a hop that does not answer is None. `pids` tell a restart."""

    services: Mapping[str, Sdk | None]
    collector: Relay | None
    jaeger: Relay | None
    pids: Mapping[str, int]


def read_counters(state: State, pids: Mapping[str, int]) -> Counters:
    """Ask every hop of a running deployment."""
    texts = {it.name: _fetch(it.metrics_port) for it in state.components if it.metrics_port}
    return counters_of(texts, pids)


def counters_of(texts: Mapping[str, str | None], pids: Mapping[str, int]) -> Counters:
    """Each hop's counters from its `/metrics`; None is a hop that does not answer."""
    services: dict[str, Sdk | None] = {}
    relays: dict[str, Relay | None] = {}
    for name, text in texts.items():
        if name in (COLLECTOR, JAEGER):
            relays[name] = _relay(text) if text is not None else None
        else:
            services[name] = _sdk(text) if text is not None else None
    return Counters(services, relays.get(COLLECTOR), relays.get(JAEGER), dict(pids))


def _fetch(port: int) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        text = answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return text if answer.status == 200 else None


def _relay(text: str) -> Relay:
    totals = _totals(text)
    return Relay(**{key: sum(totals.get(name, {}).values()) for key, name in _RECEIVER.items()})


def _sdk(text: str) -> Sdk:
    totals = _totals(text)
    processed, exported = totals.get(_SDK_PROCESSED, {}), totals.get(_SDK_EXPORTED, {})
    return Sdk(
        processed=processed.get("", 0),
        dropped={reason: count for reason, count in processed.items() if reason and count},
        exported=exported.get("", 0),
        failed={reason: count for reason, count in exported.items() if reason and count},
        queued=sum(totals.get(_SDK_QUEUED, {}).values()),
        exporting=sum(totals.get(_SDK_EXPORTING, {}).values()),
    )


def _totals(text: str) -> dict[str, dict[str, int]]:
    """Each metric's value by its `error.type`, summed over all other labels."""
    from prometheus_client.parser import text_string_to_metric_families

    totals: dict[str, dict[str, int]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.labels.get("exporter", JAEGER).split("/")[-1] not in _TO_STORAGE:
                continue  # a further backend's
            name = sample.name.removesuffix("_total")
            reason = sample.labels.get("error_type", "")
            by_reason = totals.setdefault(name, {})
            by_reason[reason] = by_reason.get(reason, 0) + int(sample.value)
    return totals
