"""Check that the traces of marked requests have the promised services, edges and attributes."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.operate.verify.queues import STREAMS

if TYPE_CHECKING:
    from analysis.model import Span, Trace
    from analysis.sources.jaeger import JaegerClient

SERVICES = ("coupon-api", "coupon-issuer", "coupon-notifier")
QUEUE_WAIT = "messaging.redis.queue_wait_ms"
_CALLBACK = "POST /deliveries"
_MESSAGING = (
    "messaging.system",
    "messaging.operation.type",
    "messaging.destination.name",
    "messaging.message.id",
)
_CONSUMING = (*_MESSAGING, "messaging.consumer.group.name", QUEUE_WAIT, "coupon.campaign")
_SERVING = ("http.route", "http.request.method", "http.response.status_code")


@dataclass(frozen=True, slots=True)
class Crossing:
    """One stream, as the traces show it.

    Attributes:
        messages: Number of entries that a consumer processed.
        waits: Wait of each entry in the stream, in ms.
        edge: Kind of the edge, `parent` or `link`.
    """

    stream: str
    messages: int
    waits: Sequence[float]
    edge: str

    @property
    def median_wait(self) -> float:
        """Median wait, in ms; 0 without a message."""
        return statistics.median(self.waits) if self.waits else 0.0


def with_linked_traces(client: JaegerClient, trace_id: str) -> list[Trace]:
    """Return a trace and its linked traces, as far as Jaeger has them; empty if the trace is not there yet."""
    from analysis.errors import TraceNotFoundError
    from analysis.linked import with_linked

    try:
        return with_linked(client.trace(trace_id), client).traces
    except TraceNotFoundError:
        return []


def is_whole(traces: Sequence[Trace]) -> bool:
    """Whether the traces of a request are complete from end to end, without a missing span."""
    spans = [span for trace in traces for span in trace.spans]
    known = {(span.trace_id, span.span_id) for span in spans}
    if any(span.parent_span_id and (span.trace_id, span.parent_span_id) not in known for span in spans):
        return False
    consumed = {
        span.attributes.get("messaging.destination.name") for span in spans if span.kind.value == "consumer"
    }
    return any(_is_callback(span) for span in spans) and consumed.issuperset(STREAMS)


def crossings(spans: Iterable[Span], edge: str) -> list[Crossing]:
    """Return both streams, over all spans found."""
    waits: dict[str, list[float]] = {stream: [] for stream in STREAMS}
    for span in spans:
        stream = str(span.attributes.get("messaging.destination.name"))
        if span.kind.value == "consumer" and stream in waits:
            waits[stream].append(float(str(span.attributes.get(QUEUE_WAIT, 0))))
    return [Crossing(stream, len(found), found, edge) for stream, found in waits.items()]


def wrong_edges(traces: Sequence[Trace], edge: str) -> Iterator[str]:
    """Yield a message for each consumer span with a wrong edge to its producer."""
    spans = {(span.trace_id, span.span_id): span for trace in traces for span in trace.spans}
    for span in spans.values():
        if span.kind.value != "consumer":
            continue
        parent = spans.get((span.trace_id, span.parent_span_id or ""))
        linked = [spans.get((link.trace_id, link.span_id)) for link in span.links]
        sender = parent if edge == "parent" else next(iter(linked), None)
        if sender is None or sender.kind.value != "producer":
            yield f"{span.service}: `{span.name}` has no producer as its {edge}"
        elif sender.attributes.get("messaging.destination.name") != span.attributes.get(
            "messaging.destination.name"
        ):
            yield f"{span.service}: `{span.name}` continues `{sender.name}`, which belongs to another stream"


def missing_attributes(spans: Iterable[Span], campaign: str) -> Iterator[str]:
    """Yield a message for each span with missing or wrong promised attributes."""
    for span in spans:
        promised = _promised(span)
        absent = [key for key in promised if key not in span.attributes]
        if absent:
            yield f"{span.service}: `{span.name}` lacks {', '.join(absent)}"
        found = span.attributes.get("coupon.campaign")
        if "coupon.campaign" in promised and found is not None and str(found) != campaign:
            yield f"{span.service}: `{span.name}` has campaign {found!s}, not {campaign}"


def service_counts(traces: Iterable[Trace]) -> Mapping[str, int]:
    """Return the number of spans found, by service."""
    counts = dict.fromkeys(SERVICES, 0)
    for trace in traces:
        for span in trace.spans:
            counts[span.service] = counts.get(span.service, 0) + 1
    return counts


def _promised(span: Span) -> tuple[str, ...]:
    if span.kind.value == "consumer":
        return _CONSUMING
    if span.kind.value == "producer":
        return _MESSAGING
    return _SERVING if span.kind.value == "server" else ()


def _is_callback(span: Span) -> bool:
    return span.name == _CALLBACK and span.kind.value == "server"
