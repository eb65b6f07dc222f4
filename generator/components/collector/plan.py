"""The collector's plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.components.collector.spec import COLLECTOR, CollectorSpec, ExporterSpec, LimitsSpec
from generator.deployment.exporter_queue import FLUSH, ExporterQueue
from generator.deployment.memory import HELD_SPAN_BYTES, GoMemory, held_spans, queued_spans
from generator.deployment.platform import Platform
from generator.deployment.under_way import LARGEST_BATCH, REQUESTS, TIMEOUT
from generator.spec.model import Spec
from generator.spec.patterns import expression
from generator.spec.quantities import Duration, Percent, Size
from generator.spec.secret import Secret

# For a further backend: it is far away, and spans that it can't keep up with wait on disk.
_FURTHER_CONSUMERS = 16
# A batch that a backend refuses for this long is dropped: the batch itself may be the cause.
_GIVE_UP = Duration.parse("1h")
_SPANS_IN_A_TRACE = 12
# Batch size of an SDK. The queue holds whole requests, which are split when they leave it.
_SPANS_IN_A_REQUEST = 512
# Factor on the events limit: a span with more events is defective, and their number says as much as the first ones.
_ALL_EVENTS = 100
# Remembered decisions for each held trace. An entry (trace id, list node, map slot) takes about 150 bytes.
_REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """The decisions for sampling.

    Attributes:
        percentage: Share of the traces to keep, in percent, without `%`.
        slower_than_ms: A trace that takes longer is always kept.
        wait: Time from a trace's first span to the decision.
        held_traces: Maximum number of traces that wait for a decision; above it, senders wait.
        remembered: Number of decisions remembered for late spans.
    """

    percentage: str
    slower_than_ms: int
    wait: Duration
    held_traces: int
    remembered: int


@dataclass(frozen=True, slots=True)
class FurtherExporter:
    """A backend beside Jaeger.

    Attributes:
        name: Name of the exporter and of its queue.
        component: `otlp_http` or `otlp_grpc`.
        endpoint: URL, or host and port for gRPC.
        plain: Whether it is reached without TLS.
        headers: Text of each header, or the place of its secret.
        ca: PEM file of a certificate authority, or empty.
        certificate: PEM file of the client certificate, or empty.
        key: PEM file of the client certificate's key, or empty.
        queue: Its queue, in spans.
        queue_file: Size limit of the queue on disk.
        give_up: Time after which a batch that was refused is dropped.
    """

    name: str
    component: str
    endpoint: str
    plain: bool
    headers: Mapping[str, str | Secret]
    ca: str
    certificate: str
    key: str
    compression: str
    queue: ExporterQueue
    queue_file: Size
    give_up: Duration

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Secrets that the collector reads at its start: headers and TLS files."""
        files = (Secret(file=path) for path in (self.ca, self.certificate, self.key) if path)
        return (*self.header_secrets, *files)

    @property
    def header_secrets(self) -> tuple[Secret, ...]:
        """Secrets that are a header's whole value."""
        return tuple(value for value in self.headers.values() if isinstance(value, Secret))


@dataclass(frozen=True, slots=True)
class LimitsPlan:
    """Limits of one span.

    Attributes:
        all_events: Above it all events are dropped, since keeping the first ones takes about 1 µs for each event.
        attribute_length: Maximum text of an attribute, in bytes; a map or list counts as its JSON.
        resource: Maximum size of a resource as JSON; the database stores the resource with each span.
    """

    attributes: int
    events: int
    links: int
    all_events: int
    attribute_length: Size
    resource: Size


@dataclass(frozen=True, slots=True)
class CollectorPlan:
    """The decisions for the collector.

    Attributes:
        redact: Regular expression of the attributes to remove, without anchors; empty if none is removed.
        sampling: Decisions for sampling; None if all traces are kept.
        limits: Limits of one span.
    """

    version: str
    memory: GoMemory
    queue: ExporterQueue
    persistent: bool
    queue_file: Size
    redact: str
    sampling: SamplingPlan | None
    further: tuple[FurtherExporter, ...]
    limits: LimitsPlan


def plan_collector(spec: Spec, platform: Platform) -> CollectorPlan:
    """Return the plan for the collector."""
    del platform
    wish = spec[COLLECTOR]
    memory = GoMemory(wish.memory)
    persistent = wish.queue.persistent
    size = queued_spans(wish.queue.size) if persistent else held_spans(memory.limit)
    queue = ExporterQueue(
        consumers=REQUESTS,
        size=max(size, REQUESTS * _SPANS_IN_A_REQUEST),
        # In spans: the time to write a batch depends on their number.
        sizer="items",
        # Requests are split and never merged. So a batch is never larger in bytes than the largest request, although
        # it is counted in spans.
        min_batch=1,
        max_batch=LARGEST_BATCH,
        flush=FLUSH,
        timeout=TIMEOUT,
    )
    return CollectorPlan(
        version=wish.version,
        memory=memory,
        queue=queue,
        persistent=persistent,
        queue_file=wish.queue.size,
        redact="|".join(expression(pattern) for pattern in wish.redact),
        sampling=_sampling(wish, memory),
        further=tuple(_further(wish, exporter) for exporter in wish.exporters),
        limits=_limits(wish.limits),
    )


def _limits(wish: LimitsSpec) -> LimitsPlan:
    return LimitsPlan(
        attributes=wish.attributes,
        events=wish.events,
        links=wish.links,
        all_events=_ALL_EVENTS * wish.events,
        attribute_length=wish.attribute_length,
        resource=wish.resource,
    )


def _sampling(collector: CollectorSpec, memory: GoMemory) -> SamplingPlan | None:
    """Return the decisions for sampling, or None if all traces are kept.

    held_traces = share of the memory / (12 spans × 4 KiB): a trace of the samples has 12 spans, and a span takes
    4 KiB in Go's heap. With a queue on disk the share is 40 %, so that a third of the limiter's 60 % is left for
    requests under way. A queue in memory takes 25 % itself, so the share is 25 %. At the defaults (512 MiB, 30 s)
    that is 4,352 traces, or 145 new ones per second. Above it senders wait; no trace is decided early.
    """
    wish = collector.sampling
    if not isinstance(wish.keep, Percent):
        return None
    share = 40 if collector.queue.persistent else 25
    held = max(100, memory.limit.share(share).bytes // (_SPANS_IN_A_TRACE * HELD_SPAN_BYTES))
    return SamplingPlan(
        percentage=wish.keep.number,
        slower_than_ms=wish.slower_than.milliseconds,
        wait=wish.wait,
        held_traces=held,
        remembered=_REMEMBERED * held,
    )


def _further(collector: CollectorSpec, wish: ExporterSpec) -> FurtherExporter:
    grpc = wish.protocol == "grpc"
    size = queued_spans(wish.queue)
    if not collector.queue.persistent:
        size = min(size, held_spans(collector.memory) // len(collector.exporters))
    return FurtherExporter(
        name=wish.name,
        component="otlp_grpc" if grpc else "otlp_http",
        endpoint=_with_port(wish.endpoint) if grpc else wish.endpoint.rstrip("/"),
        plain=wish.endpoint.startswith("http://"),
        headers=wish.headers,
        ca=wish.tls.ca or "",
        certificate=wish.tls.certificate or "",
        key=wish.tls.key or "",
        compression=wish.compression,
        queue=ExporterQueue(
            consumers=_FURTHER_CONSUMERS,
            size=size,
            sizer="bytes",
            min_batch=128 << 10,
            # Most backends accept requests of up to 4 MiB; a single span above that is dropped for them.
            max_batch=4 << 20,
            flush=Duration.parse("200ms"),
            timeout=Duration.parse("30s"),
        ),
        queue_file=wish.queue,
        give_up=_GIVE_UP,
    )


def _with_port(url: str) -> str:
    """Return host and port of a URL, which gRPC needs; the default port is 4317, or 443 with TLS."""
    scheme, _, address = url.partition("://")
    if ":" in address:
        return address
    return f"{address}:{4317 if scheme == 'http' else 443}"
