"""docs/reference/metrics.md: the metrics of each component, from the code that counts or reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from generator.pipeline import Hop, hops
from kit.operate.inside.dead_letters.counts import Counts
from kit.operate.inside.exporters.cassandra_exporter.families import Families
from kit.operate.inside.exporters.redis_exporter import families as redis_families
from kit.operate.inside.exporters.redis_exporter.streams import stream_of
from reference.markdown import code, generated, table
from sample_services.telemetry.instruments import Declared, declared
from stream_tracing.meter import METRICS, Metric

_OPENING = """After this page you know the metrics that the components serve in Prometheus's format, and which of them
the kit reads.

With `monitoring.enabled`, Prometheus reads these endpoints and evaluates alerts. `kit verify`, `kit doctor` and
`kit status` read them themselves. Their ports are in the rendered files. Natively they are in the range from
`native.port_base` on."""
_EXPORTERS = """## Exporters

With monitoring, an exporter runs beside each server that does not serve metrics itself. No port of them is published.
An exporter stays up while its server is down, and reports that as a metric.

| job | in Compose | natively | shows that its server is down |
| --- | --- | --- | --- |
| `node-exporter` | node_exporter | node_exporter | |
| `redis-exporter` | redis_exporter | a program of the kit | `redis_up` is 0 |
| `postgres-exporter` | postgres_exporter | not needed: the samples use SQLite | `pg_up` is 0 |
| `cassandra-exporter` | a program of the kit | the same program | `cassandra_up` is 0 |
| `scylla` | ScyllaDB itself, port 9180 | ScyllaDB does not run natively | the job's `up` is 0 |

node_exporter reads processors, memory, file systems, disks, load, pressure and the kernel's name, and natively the
network too. In a container it sees the whole file system of the machine, read-only, and no network interface but its
own. A disk that is mounted later is seen after a restart of the container. The full list of its metrics, and those of
redis_exporter, postgres_exporter and ScyllaDB, are in the documentation of these programs."""
_REDIS = """\
These are the metrics of the kit's program; redis_exporter has the same ones and more. The streams are those of
the samples with their dead letters, or those of `redis.streams`. A stream that does not exist has no metrics.
redis_exporter logs an error at each read of such a stream, for example until the first dead letter. Its
`redis_stream_group_lag` is 0 where Redis does not report the lag. The kit's program counts the entries then.

Each read of a stream counts in `redis_keyspace_hits_total`, or in `redis_keyspace_misses_total` if the stream does not
exist."""
_CASSANDRA = """\
The tables are those of Jaeger's keyspace. Latencies are shown for Cassandra 5.0 only: its columns end in `_ms`
but hold seconds, and other releases were not measured. The exporter connects with the role and the certificates of
`storage`. If the cluster checks permissions, the role needs `SELECT` on the keyspace `system_views`. Tables that it
may not read are left out, and named once in the exporter's log."""
# Importing these declares the metrics of all three services.
_MODULES = (
    "sample_services.coupon_api.app", "sample_services.coupon_issuer.__main__", "sample_services.process",
)  # fmt: skip
# Declared by the stock instrumentation of `requests`, not by the samples.
CALLS = Metric(
    "http.client.request.duration",
    "histogram",
    "s",
    "Duration of a call by coupon-notifier. Its edges are those of LATENCY_BUCKETS.",
    (
        "http.request.method", "http.response.status_code", "error.type", "network.protocol.version",
        "server.address", "server.port",
    ),
)  # fmt: skip
_SUFFIXES = {"s": "_seconds", "By": "_bytes"}
_UNITS = {"s": "seconds", "By": "bytes", "1": "0 to 1"}
_SAMPLES_OPENING = """The services record these with the OpenTelemetry metrics API, and serve them at `/metrics`.
With `OTEL_METRICS_EXPORTER=otlp` they also push them to `OTEL_EXPORTER_OTLP_ENDPOINT`, every
`OTEL_METRIC_EXPORT_INTERVAL` ms. Durations have exemplars with the trace id; `/metrics` has none, since its format has
no place for them. No label contains an id, a path or a user's text."""


def lines() -> Iterator[str]:
    """Yield the lines of the page."""
    yield from generated("Metrics", _OPENING)
    yield from (
        "",
        "## The pipeline",
        "",
        "The kit reads these metrics of each hop, and adds up those with one meaning. Counters end in `_total`.",
    )
    yield from table(("hop", "metric", "meaning"), [row for hop in hops() for row in _of_hop(hop)])
    yield from ("", "## Dead letters")
    yield from _families(_dead_letters())
    yield from (
        "",
        "Alert on any increase of `kit_dead_letters_put_aside_spans_total` and of",
        "`kit_dead_letters_dropped_spans_total`.",
    )
    yield from ("", "## The sample services", "", *_SAMPLES_OPENING.splitlines())
    yield from table(("metric", "type", "unit", "labels", "meaning"), sorted(map(_row, samples())))
    yield from (
        "",
        "The OpenTelemetry SDK in each service also serves its own metrics, which the hop `services` above lists.",
    )
    yield from ("", *_EXPORTERS.splitlines(), "", "### Redis")
    yield from _families(_redis())
    yield from ("", *_REDIS.splitlines(), "", "### Cassandra")
    yield from _families(Families().all(), Families.labels())
    yield from ("", *_CASSANDRA.splitlines())


def _of_hop(hop: Hop) -> Iterator[tuple[str, str, str]]:
    told = (
        (hop.received, "spans received or created"),
        (hop.sent, "spans that the next hop acknowledged"),
        (hop.queued, "spans waiting now"),
        (hop.capacity, "maximum number of waiting spans"),
    )
    for counts, about in told:
        for count in counts:
            left_out = f", without series that have the label `{count.without}`" if count.without else ""
            yield hop.name, code(count.metric), f"{about}{left_out}"
    for loss in hop.losses:
        only = f", with the reason in the label `{loss.by}`" if loss.by else ""
        yield hop.name, code(loss.metric), f"spans {loss.told}{only}"


def _families(found: Any, declared: Mapping[str, tuple[str, ...]] | None = None) -> Iterator[str]:
    rows = []
    for family in found:
        used = {name for sample in family.samples for name in sample.labels}
        labels = sorted(used - {"le", "quantile"}) or list((declared or {}).get(family.name, ()))
        name = f"{family.name}_total" if family.type == "counter" else family.name
        rows.append((code(name), family.type, ", ".join(map(code, labels)), family.documentation))
    yield from table(("metric", "type", "labels", "meaning"), sorted(rows))


def _dead_letters() -> list[Any]:
    # The gauges read the box only when they are served; here it is empty.
    box = SimpleNamespace(heads=list, spans=0, size=0)
    counts = Counts(cast(Any, box))
    counts.put_aside("failed", 0, 0)
    counts.refused(answered=True)
    return list(counts.registry.collect())


def _redis() -> Iterator[Any]:
    # Redis reports everything that is asked for; the values do not matter.
    group = {"name": "g", "consumers": 0, "pending": 0, "last-delivered-id": "0-0", "lag": 0}
    about = {"length": 0, "first-entry": None, "last-generated-id": "0-0"}
    yield redis_families.up(1)
    yield from redis_families.server(dict.fromkeys(redis_families.fields(), 0))
    yield from redis_families.streams([stream_of("s", about, [group])])


def samples() -> Iterable[Declared | Metric]:
    """Return the metrics of the sample services, but those of the SDK."""
    for module in _MODULES:
        import_module(module)
    return [*declared, *METRICS, CALLS]


def prometheus_name(metric: Declared | Metric) -> str:
    """Return the name that a metric has in Prometheus, without the suffixes of a histogram."""
    name = metric.name.replace(".", "_")
    unit = _SUFFIXES.get(metric.unit, "")
    return f"{name}{unit}{'_total' if metric.kind == 'counter' else ''}"


def _row(metric: Declared | Metric) -> tuple[str, ...]:
    unit = _UNITS.get(metric.unit) or metric.unit.strip("{}") + "s"
    labels = ", ".join(code(name.replace(".", "_")) for name in metric.attributes)
    return code(prometheus_name(metric)), metric.kind, unit, labels, metric.description
