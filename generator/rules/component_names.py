"""The collector's component types by version: renamed and removed types, obsolete keys, known names for typos.

Sources: changelogs of open-telemetry/opentelemetry-collector and -contrib up to 0.159, the `metadata.yaml` of each
component (`type`, `deprecated_type`), and the contrib distribution's manifest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = ("receivers", "processors", "exporters", "connectors", "extensions")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A renamed type; the old name still works, with a warning.

    Attributes:
        kind: Section of the config, such as `exporters`.
        old: Old name, now an alias.
        new: Current name.
        since: First collector release that knows the new name.
    """

    kind: str
    old: str
    new: str
    since: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A type that was removed from the images, or was never in one.

    Attributes:
        kind: Section of the config, such as `exporters`.
        type: Name of the type.
        since: First release without it; empty if the contrib distribution never had it or dropped it long ago.
        instead: Replacement, as advice for the user.
    """

    kind: str
    type: str
    since: str
    instead: str


@dataclass(frozen=True, slots=True)
class OldKey:
    """A key that the collector refuses or ignores.

    Attributes:
        kind: Section of the component; empty for `service`.
        type: Type of the component.
        path: Path of the key below the component.
        since: First release that refuses or ignores the key.
        refused: Whether the collector refuses to start; otherwise it ignores the key.
        instead: Replacement, as it is written in the config.
        example: Value as older configs have it.
    """

    kind: str
    type: str
    path: tuple[str, ...]
    since: str
    refused: bool
    instead: str
    example: Any = None


RENAMED = (
    Renamed("exporters", "otlp", "otlp_grpc", "0.144"),
    Renamed("exporters", "otlphttp", "otlp_http", "0.144"),
    Renamed("exporters", "loadbalancing", "load_balancing", "0.154"),
    Renamed("exporters", "prometheusremotewrite", "prometheus_remote_write", "0.154"),
    Renamed("connectors", "spanmetrics", "span_metrics", "0.152"),
    Renamed("connectors", "servicegraph", "service_graph", "0.152"),
    Renamed("connectors", "signaltometrics", "signal_to_metrics", "0.159"),
    Renamed("connectors", "roundrobin", "round_robin", "0.159"),
    Renamed("connectors", "otlpjson", "otlp_json", "0.159"),
    Renamed("processors", "k8sattributes", "k8s_attributes", "0.146"),
    Renamed("processors", "resourcedetection", "resource_detection", "0.153"),
    Renamed("processors", "cumulativetodelta", "cumulative_to_delta", "0.159"),
    Renamed("processors", "deltatocumulative", "delta_to_cumulative", "0.159"),
    Renamed("processors", "metricstransform", "metrics_transform", "0.159"),
    Renamed("receivers", "hostmetrics", "host_metrics", "0.153"),
    Renamed("receivers", "filelog", "file_log", "0.149"),
    Renamed("extensions", "cgroupruntime", "cgroup_runtime", "0.159"),
)

GONE = (
    Gone("exporters", "logging", "0.111", "use `debug`"),
    Gone("exporters", "jaeger", "0.86", "Jaeger takes OTLP: use `otlp_http`"),
    Gone("exporters", "jaeger_thrift", "0.86", "Jaeger takes OTLP: use `otlp_http`"),
    Gone("exporters", "opencensus", "", "use `otlp_grpc`"),
    Gone("receivers", "opencensus", "", "use `otlp`"),
    Gone("processors", "spanmetrics", "", "use the `span_metrics` connector"),
    Gone("processors", "servicegraph", "", "use the `service_graph` connector"),
    Gone("processors", "batch", "0.166", "use `sending_queue.batch` of the exporter"),
    Gone("processors", "queuebatch", "", "in no image: use `sending_queue.batch` of the exporter"),
    Gone("processors", "dynamic_sampling", "", "in no image: use `tail_sampling`"),
    Gone("extensions", "memory_ballast", "", "remove it: GOMEMLIMIT is set"),
    Gone("extensions", "memory_limiter", "", "in no image: use the `memory_limiter` processor"),
    Gone("extensions", "healthcheckv2", "", "only in Jaeger: use `health_check`"),
)

# First release in which the batch processor logs a deprecation warning.
BATCH_WARNS = "0.160"

OLD_KEYS = (
    OldKey("", "service", ("telemetry", "metrics", "address"), "0.123", True,
           "`readers: [{pull: {exporter: {prometheus: {host: 0.0.0.0, port: 8888}}}}]`", "0.0.0.0:8888"),
    OldKey("extensions", "health_check", ("check_collector_pipeline",), "0.0", False, "the collector's metrics", {}),
    OldKey("connectors", "span_metrics", ("dimensions_cache_size",), "0.0", False,
           "`aggregation_cardinality_limit`", 1000),
    OldKey("exporters", "prometheus", ("add_metric_suffixes",), "0.154", False, "`translation_strategy`", False),
    OldKey("receivers", "otlp", ("protocols", "grpc", "tls_settings"), "0.0", True, "`tls`", {}),
    OldKey("exporters", "otlp_grpc", ("insecure",), "0.0", True, "`tls: {insecure: true}`", True),
    OldKey("exporters", "otlp_http", ("insecure",), "0.0", True, "an `http://` endpoint", True),
    OldKey("exporters", "otlp_grpc", ("queue",), "0.0", True, "`sending_queue`", {}),
    OldKey("exporters", "otlp_http", ("queue",), "0.0", True, "`sending_queue`", {}),
)  # fmt: skip

# Types that traces need or that often come with them: a name close to one of these is a typo.
KNOWN = {
    "receivers": (
        "otlp",
        "jaeger",
        "zipkin",
        "kafka",
        "prometheus",
        "nop",
        "host_metrics",
        "file_log",
        "redis",
        "docker_stats",
        "postgresql",
        "otelarrow",
        "datadog",
        "skywalking",
        "faro",
        "statsd",
        "syslog",
    ),
    "processors": (
        "memory_limiter",
        "batch",
        "tail_sampling",
        "probabilistic_sampler",
        "attributes",
        "resource",
        "filter",
        "transform",
        "redaction",
        "span",
        "groupbyattrs",
        "groupbytrace",
        "k8s_attributes",
        "resource_detection",
        "interval",
        "geoip",
        "schema",
        "sumologic",
        "logdedup",
        "log_dedup",
    ),
    "exporters": (
        "otlp_grpc",
        "otlp_http",
        "debug",
        "nop",
        "file",
        "kafka",
        "prometheus",
        "zipkin",
        "load_balancing",
        "prometheus_remote_write",
        "elasticsearch",
        "opensearch",
        "clickhouse",
        "datadog",
        "splunk_hec",
        "otelarrow",
        "pulsar",
        "rabbitmq",
        "sentry",
        "influxdb",
        "awsxray",
        "googlecloud",
        "azuremonitor",
    ),
    "connectors": (
        "forward",
        "span_metrics",
        "service_graph",
        "count",
        "sum",
        "routing",
        "failover",
        "exceptions",
        "round_robin",
        "signal_to_metrics",
        "otlp_json",
        "datadog",
        "grafanacloud",
    ),
    "extensions": (
        "health_check",
        "pprof",
        "zpages",
        "file_storage",
        "db_storage",
        "redis_storage",
        "basicauth",
        "bearertokenauth",
        "oauth2client",
        "oidc",
        "headers_setter",
        "jaegerremotesampling",
        "opamp",
        "cgroup_runtime",
        "k8s_observer",
        "docker_observer",
        "host_observer",
        "ack",
        "sigv4auth",
    ),
}


def number(version: str) -> tuple[int, ...]:
    """Convert a version to a tuple that can be compared."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
