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
    r"[A-Za-z0-9_.:/@*-]{1,255}", "an attribute's key, as user.email, or a pattern, as http.request.header.*"
)
_ENDPOINT = kinds.Text(
    r"""https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s"'\\$]*)?""", "a URL, as https://otlp.example.com:4317"
)
_HEADER = kinds.Text(r"[A-Za-z0-9-]+", "a header's name")
_HEADER_VALUE = kinds.Text(r"[\x20-\x7e]+", "text, or {env: NAME} or {file: PATH}", max_length=4096)


@dataclass(frozen=True)
class QueueSpec:
    """Where the collector keeps spans that Jaeger has not written yet."""

    persistent: bool = option(
        kinds.Flag(), True, "on disk: survives a crash and an outage of Jaeger; `false` keeps it in memory"
    )
    size: Size = option(
        kinds.size("1GiB", "16MiB", "1TiB"), Size(1 << 30), "how much it may hold before senders are refused"
    )


@dataclass(frozen=True)
class SamplingSpec:
    """Which traces are kept, decided when a trace is whole."""

    keep: str | Percent = option(
        kinds.WordOr("all", kinds.percent("10%", "0.01%", "99.99%")),
        "all",
        "share of the traces; those with an error and the slow ones come on top of it",
    )
    slower_than: Duration = option(
        kinds.duration("400ms", "1ms", "1h"), Duration(1000), "a trace that takes longer is kept in any case"
    )
    wait: Duration = option(
        kinds.duration("30s", "1s", "10m"),
        Duration(30_000),
        "from a trace's first span to the decision; longer than traces take, queues included",
    )


@dataclass(frozen=True)
class ExporterTLSSpec:
    """Files for a backend's TLS; the system's authorities are trusted without any."""

    ca: str | None = option(
        containers.Maybe(FOLDER), None, "PEM file of the authority that signed its certificate"
    )
    certificate: str | None = option(
        containers.Maybe(FOLDER), None, "PEM file by which it knows the collector"
    )
    key: str | None = option(containers.Maybe(FOLDER), None, "PEM file of that certificate's key")


@dataclass(frozen=True)
class ExporterSpec:
    """A further backend that gets the same spans as Jaeger."""

    name: str = required(NAME, "of the backend; its queue on disk is named after it")
    endpoint: str = required(_ENDPOINT, "https://host:port, or http:// for one without TLS")
    protocol: str = option(
        kinds.Choice(("http", "grpc")), "http", "OTLP over which; http adds /v1/traces to the endpoint"
    )
    headers: Mapping[str, str | Secret] = field(
        default_factory=dict,
        metadata={
            "kind": containers.MapOf(_HEADER, TextOrSecret(_HEADER_VALUE)),
            "doc": "as {Authorization: {env: VENDOR_TOKEN}}",
        },
    )
    compression: str = option(kinds.Choice(("gzip", "zstd", "none")), "gzip", "of what is sent")
    tls: ExporterTLSSpec = section(ExporterTLSSpec, "files for its TLS")
    queue: Size = option(
        kinds.size("256MiB", "16MiB", "1TiB"),
        Size(256 << 20),
        "disk for what it has not taken yet; beyond it newer spans are not sent to it, and counted",
    )


@dataclass(frozen=True)
class LimitsSpec:
    """What one span may have; more of it is cut, counted and marked, so that no span stops the others."""

    attributes: int = option(
        kinds.Count(1, 10_000, "a number of attributes"),
        128,
        "of a span, an event, a scope and a resource each; 128 is the SDKs' own limit",
    )
    events: int = option(
        kinds.Count(1, 10_000, "a number of events"),
        128,
        "of a span; of more than 100 times that none is kept",
    )
    links: int = option(
        kinds.Count(1, 10_000, "a number of links"), 128, "of a span; of a span with more none is kept"
    )
    attribute_length: Size = option(
        kinds.size("64KiB", "1KiB", "4MiB"),
        Size(64 << 10),
        "longest text of an attribute or status; a map or list counts as its JSON",
    )
    resource: Size = option(
        kinds.size("16KiB", "1KiB", "256KiB"),
        Size(16 << 10),
        "largest resource, which the database stores with each span; of a larger one only service.* is kept",
    )


@dataclass(frozen=True)
class CollectorSpec:
    """The OpenTelemetry Collector: the one address that services send to."""

    version: str = option(kinds.Version("0.159.0", ("0.159.0",)), "0.159.0", "image and binary")
    memory: Size = option(
        kinds.size("512MiB", "128MiB", "64GiB"),
        Size(512 << 20),
        "its limit; the limiter and GOMEMLIMIT follow",
    )
    queue: QueueSpec = section(QueueSpec, "spans that Jaeger has not written yet")
    sampling: SamplingSpec = section(SamplingSpec, "which traces are kept")
    limits: LimitsSpec = section(LimitsSpec, "what one span may have; more is cut, counted and marked")
    redact: tuple[str, ...] = option(
        containers.ListOf(_PATTERN, 100),
        (),
        "attributes removed before anything is stored, as [user.email, http.request.header.*]",
    )
    exporters: tuple[ExporterSpec, ...] = option(
        containers.ListOf(Record(ExporterSpec), 10),
        (),
        "further backends, as [{name: vendor, endpoint: https://otlp.example.com}]",
    )


COLLECTOR = section_key("collector", CollectorSpec, "the OpenTelemetry Collector", 40)
