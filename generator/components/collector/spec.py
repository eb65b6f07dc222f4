"""The OpenTelemetry Collector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec import containers, kinds
from generator.spec.keys import FOLDER, NAME, option, required, section, section_key
from generator.spec.quantities import Duration, Percent, Size
from generator.spec.record import Record
from generator.spec.secret import Secret, TextOrSecret

_PATTERN = kinds.Text(
    r"[A-Za-z0-9_.:/@*-]{1,255}",
    "an attribute's key such as user.email, or a pattern such as http.request.header.*",
)
_ENDPOINT = kinds.Text(
    r"""https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s"'\\$]*)?""", "a URL such as https://otlp.example.com:4317"
)
_HEADER = kinds.Text(r"[A-Za-z0-9-]+", "a header's name")
_HEADER_VALUE = kinds.Text(r"[\x20-\x7e]+", "text, or {env: NAME} or {file: PATH}", max_length=4096)


@dataclass(frozen=True)
class QueueSpec:
    """The collector's queue: spans that Jaeger has not written yet."""

    persistent: bool = option(
        kinds.Flag(),
        True,
        "the queue is on disk and survives a crash and an outage of Jaeger; `false`: in memory",
    )
    size: Size = option(
        kinds.size("1GiB", "16MiB", "1TiB"),
        Size(1 << 30),
        "size limit; a full queue refuses spans, so that senders retry",
    )


@dataclass(frozen=True)
class SamplingSpec:
    """Sampling of traces, decided when a trace is complete."""

    keep: str | Percent = option(
        kinds.WordOr("all", kinds.percent("10%", "0.01%", "99.99%")),
        "all",
        "share of the traces to keep; traces with an error and slow ones are kept in addition",
    )
    slower_than: Duration = option(
        kinds.duration("400ms", "1ms", "1h"), Duration(1000), "a trace that takes longer is always kept"
    )
    wait: Duration = option(
        kinds.duration("30s", "1s", "10m"),
        Duration(30_000),
        "time from a trace's first span to the decision; must be longer than a trace with its time in queues",
    )


@dataclass(frozen=True)
class ExporterTLSSpec:
    """Files for TLS to a backend; without them, the system's certificate authorities are trusted."""

    ca: str | None = option(
        containers.Maybe(FOLDER),
        None,
        "PEM file of the certificate authority that signed the backend's certificate",
    )
    certificate: str | None = option(
        containers.Maybe(FOLDER), None, "PEM file of the client certificate that the collector presents"
    )
    key: str | None = option(containers.Maybe(FOLDER), None, "PEM file of the client certificate's key")


@dataclass(frozen=True)
class ExporterSpec:
    """A further backend that receives the same spans as Jaeger."""

    name: str = required(NAME, "name of the backend, also of its queue on disk")
    endpoint: str = required(_ENDPOINT, "https://host:port, or http:// for a backend without TLS")
    protocol: str = option(
        kinds.Choice(("http", "grpc")), "http", "transport of OTLP; http adds /v1/traces to the endpoint"
    )
    headers: Mapping[str, str | Secret] = field(
        default_factory=dict,
        metadata={
            "kind": containers.MapOf(_HEADER, TextOrSecret(_HEADER_VALUE)),
            "doc": "headers of each request, such as {Authorization: {env: VENDOR_TOKEN}}",
        },
    )
    compression: str = option(kinds.Choice(("gzip", "zstd", "none")), "gzip", "compression of requests")
    tls: ExporterTLSSpec = section(ExporterTLSSpec, "files for TLS")
    queue: Size = option(
        kinds.size("256MiB", "16MiB", "1TiB"),
        Size(256 << 20),
        "disk for spans the backend has not accepted yet; when full, newer spans are only counted, not sent to it",
    )


@dataclass(frozen=True)
class LimitsSpec:
    """Limits of one span; the excess is cut, counted and marked, so that no span holds up others."""

    attributes: int = option(
        kinds.Count(1, 10_000, "a number of attributes"),
        128,
        "attributes of each span, event, scope and resource; 128 is also the SDKs' limit",
    )
    events: int = option(
        kinds.Count(1, 10_000, "a number of events"),
        128,
        "events of a span; above 100 times the limit, all events of the span are dropped",
    )
    links: int = option(
        kinds.Count(1, 10_000, "a number of links"),
        128,
        "links of a span; above the limit, all links of the span are dropped",
    )
    attribute_length: Size = option(
        kinds.size("64KiB", "1KiB", "4MiB"),
        Size(64 << 10),
        "size of the text of an attribute or status; a map or list counts as its JSON",
    )
    resource: Size = option(
        kinds.size("16KiB", "1KiB", "256KiB"),
        Size(16 << 10),
        "size of a resource, which is stored with each span; of a larger one, only service.* is kept",
    )


@dataclass(frozen=True)
class CollectorSpec:
    """The OpenTelemetry Collector: the one address to which services send spans."""

    version: str = option(kinds.Version("0.159.0", ("0.159.0",)), "0.159.0", "image and native program")
    memory: Size = option(
        kinds.size("512MiB", "128MiB", "64GiB"),
        Size(512 << 20),
        "memory limit; the memory limiter and GOMEMLIMIT are derived from it",
    )
    queue: QueueSpec = section(QueueSpec, "spans that Jaeger has not written yet")
    sampling: SamplingSpec = section(SamplingSpec, "share of traces to keep")
    limits: LimitsSpec = section(LimitsSpec, "limits of one span; the excess is cut, counted and marked")
    redact: tuple[str, ...] = option(
        containers.ListOf(_PATTERN, 100),
        (),
        "attributes removed before anything is stored, such as [user.email, http.request.header.*]",
    )
    exporters: tuple[ExporterSpec, ...] = option(
        containers.ListOf(Record(ExporterSpec), 10),
        (),
        "further backends, such as [{name: vendor, endpoint: https://otlp.example.com}]",
    )


COLLECTOR = section_key("collector", CollectorSpec, "the OpenTelemetry Collector", 40)
