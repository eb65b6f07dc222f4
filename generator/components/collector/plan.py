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

# A further backend's: it is far away, and what it can't keep up with waits on disk.
_FURTHER_CONSUMERS = 16
# A batch that a backend refuses for this long is given up: it may be the batch that it does not like.
_GIVE_UP = Duration.parse("1h")
_SPANS_IN_A_TRACE = 12
# What an SDK sends at once. The queue holds requests, which are split when they leave it.
_SPANS_IN_A_REQUEST = 512
# So many times the limit: a span that has them has a defect, and its first events say no more than their number.
_ALL_EVENTS = 100
# An entry of a decision cache is a trace id and its place in a list and a map: some 150 bytes.
_REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """Which traces are kept.

    Attributes:
        percentage: of the traces, without `%`.
        slower_than_ms: what takes longer is kept.
        wait: from a trace's first span to the decision.
        held_traces: traces that may wait for it at once; when there are more, senders wait.
        remembered: decisions kept for spans that come later.
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
        name: of the exporter and of its queue.
        component: `otlp_http` or `otlp_grpc`.
        endpoint: a URL, or host and port for gRPC.
        plain: without TLS.
        headers: text, or where the secret is found.
        ca: file of an authority, as are the next two; empty where there is none.
        queue: in spans.
        queue_file: its limit on disk.
        give_up: how long a batch is tried.
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
        """What it is told when it starts: its headers' secrets, and the files of its TLS."""
        files = (Secret(file=path) for path in (self.ca, self.certificate, self.key) if path)
        return (*self.header_secrets, *files)

    @property
    def header_secrets(self) -> tuple[Secret, ...]:
        """Secrets that are a header's whole value."""
        return tuple(value for value in self.headers.values() if isinstance(value, Secret))


@dataclass(frozen=True, slots=True)
class LimitsPlan:
    """What one span may have.

    Attributes:
        all_events: above it no event is kept: keeping the first ones takes about a microsecond for each.
        attribute_length: longest text of an attribute, in bytes; a map or list counts as its JSON.
        resource: largest resource as JSON; the database stores it with each span.
    """

    attributes: int
    events: int
    links: int
    all_events: int
    attribute_length: Size
    resource: Size


@dataclass(frozen=True, slots=True)
class CollectorPlan:
    """The collector's decisions.

    Attributes:
        redact: a regular expression of the attributes to remove, without anchors; empty when none is.
        sampling: None when all traces are kept.
        limits: what one span may have.
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
    """Decide for the collector."""
    del platform
    wish = spec[COLLECTOR]
    memory = GoMemory(wish.memory)
    persistent = wish.queue.persistent
    size = queued_spans(wish.queue.size) if persistent else held_spans(memory.limit)
    queue = ExporterQueue(
        consumers=REQUESTS,
        size=max(size, REQUESTS * _SPANS_IN_A_REQUEST),
        # In spans, since each takes its time to write.
        sizer="items",
        # Requests are split and never merged: a batch is then no larger than the largest request that comes in,
        # though it is not counted in bytes.
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
    """Which traces are kept, and how many may wait for the decision.

    held_traces = share of the memory / (12 spans × 4 KiB), where 12 spans are a trace of the samples and 4 KiB a
    span in Go's heap. The share is 40 % where the queue is on disk: with the limiter's 60 % it leaves a third for
    requests under way. A queue in memory takes 25 % of its own, and leaves 25 %. At the defaults (512 MiB, 30 s)
    that is 4,352 traces, or 145 new ones a second; beyond it senders wait, and nothing is decided early.
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
            # Most backends take 4 MiB at once; a span that is larger alone is not sent to them.
            max_batch=4 << 20,
            flush=Duration.parse("200ms"),
            timeout=Duration.parse("30s"),
        ),
        queue_file=wish.queue,
        give_up=_GIVE_UP,
    )


def _with_port(url: str) -> str:
    """Host and port, as gRPC wants them; without a port, OTLP's own or that of TLS."""
    scheme, _, address = url.partition("://")
    if ":" in address:
        return address
    return f"{address}:{4317 if scheme == 'http' else 443}"
