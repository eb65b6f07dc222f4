"""Counters in Prometheus's format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from kit.operate.inside.dead_letters.letterbox import Letterbox


class Counts:
    """Counters of one process. Spans count when their request is acknowledged.

    Attributes:
        registry: All metrics, for `prometheus_client`.
    """

    def __init__(self, letters: Letterbox) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"kit_dead_letters_{name}", about, labels, registry=self.registry)

        def gauge(name: str, about: str) -> Gauge:
            return Gauge(f"kit_dead_letters_{name}", about, registry=self.registry)

        self._accepted = counter("accepted_spans", "Spans that were acknowledged.")
        self._written = counter("written_spans", "Spans that Jaeger has written.")
        self._put_aside = counter("put_aside_spans", "Spans that became dead letters.", "reason")
        self._dropped = counter(
            "dropped_spans", "Spans of letters that were removed because of the size limit."
        )
        self._refused = counter("refused_requests", "Requests that Jaeger refused or did not answer.", "how")
        self._spans = gauge("under_way_spans", "Spans in requests under way.")
        self._bytes = gauge("under_way_bytes", "Bytes of requests under way.")
        gauge("letters", "Dead letters on disk.").set_function(lambda: len(letters.heads()))
        gauge("stored_spans", "Spans in dead letters on disk.").set_function(lambda: letters.spans)
        gauge("stored_bytes", "Bytes of the dead letters on disk.").set_function(lambda: letters.size)

    def under_way(self, spans: int, size: int) -> None:
        """Count a request that arrived, or, with negative numbers, one that is finished."""
        self._spans.inc(spans)
        self._bytes.inc(size)

    def done(self, *, written: int) -> None:
        """Count written spans."""
        self._accepted.inc(written)
        self._written.inc(written)

    def put_aside(self, reason: str, spans: int, dropped: int) -> None:
        """Count spans that became a dead letter, and spans of older letters that were removed to make room."""
        self._accepted.inc(spans)
        self._put_aside.labels(reason).inc(spans)
        self._dropped.inc(dropped)

    def refused(self, answered: bool) -> None:
        """Count a request that was not written at the first try."""
        self._refused.labels("answered" if answered else "no answer").inc()

    def text(self) -> bytes:
        """Return all metrics as text."""
        return generate_latest(self.registry)
