"""docs/reference/environment.md: every environment variable that the project reads or sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticUndefined

from reference.markdown import code, generated, table
from sample_services.settings import ApiSettings, IssuerSettings, NotifierSettings

_OPENING = """After this page you know which environment variables the kit and the sample services read, and which
ones the kit sets for a service."""

KIT = {
    "KIT_CACHE_DIR": "Folder of the native programs. Default: `tracing-kit` in the user's cache folder.",
    "KIT_JAEGER_URL": "The Jaeger that `kit traces` and `kit slo` read if `--jaeger` is not given.",
    "KIT_PROMETHEUS_URL": "The Prometheus that `kit slo` reads if `--prometheus` is not given.",
    "COLUMNS": "Width of text answers. Default: the terminal's width. In a pipe nothing is cut.",
    "NO_COLOR": "Any value switches colour off.",
    "TERM": "`dumb` switches colour off.",
    "COMPOSE_PROJECT_NAME": "Name of the Compose project, instead of the spec's `name`. It can also be set in `.env`.",
    "COMPOSE_FILE": "The files that Compose reads, separated by `:`.",
    "COMPOSE_ENV_FILES": "Files that Compose reads instead of `.env`, separated by commas.",
    "COMPOSE_DISABLE_ENV_FILE": "`1` or `true`: Compose reads no `.env`.",
    "GOROOT": "The Go toolchain that builds the native programs.",
    "GOCACHE": "Go's build cache. Default: a folder in the kit's cache.",
    "GOMODCACHE": "Go's module cache. Default: a folder in the kit's cache.",
    "PATH": "Folders with Go, Docker, Redis and the programs of `services[].run`.",
}
SET_FOR_SERVICES = {
    "OTEL_SERVICE_NAME": "The service's name in its traces.",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "The collector's address.",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "`http/protobuf`, because every SDK supports it.",
    "OTEL_TRACES_EXPORTER": "`otlp`. With `none` the samples send nothing.",
    "OTEL_METRICS_EXPORTER": "`otlp` if Prometheus runs (`monitoring.enabled`), else `none`.",
    "OTEL_METRIC_EXPORT_INTERVAL": "`monitoring.interval`: interval between two pushes of metrics, in ms.",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "`cumulative`: Prometheus accepts no other.",
    "OTEL_LOGS_EXPORTER": "`none`: the collector accepts no logs.",
    "OTEL_RESOURCE_ATTRIBUTES": "`service.namespace`: the deployment's name. If Prometheus runs, also `application`.",
    "OTEL_TRACES_SAMPLER": "`parentbased_always_on`: the collector decides which traces are kept.",
    "OTEL_PROPAGATORS": "`tracecontext,baggage`: the headers that carry the trace context.",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "Libraries that can send old or stable attribute names send the stable ones.",
    "OTEL_SDK_DISABLED": "Not set by the kit. `true` switches tracing of the samples off.",
    "OTEL_BSP_SCHEDULE_DELAY": "`tracing.export_delay`, in ms.",
    "OTEL_BSP_MAX_QUEUE_SIZE": "`tracing.queue`, in spans.",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "Maximum number of spans in one request of the SDK.",
    "MESSAGING_PROPAGATION": "`tracing.propagation`: `parent` or `link`.",
    "HOST": "For a service with a `port`: the address to listen on.",
    "PORT": "For a service with a `port`: the port to listen on.",
    "REDIS_URL": "Address of the kit's Redis. Set with `redis: {enabled: true}`.",
    "NAME_URL": "Address of each service `NAME` in `after` that has a port. The name is in capitals, with `_` for `-`.",
    "SUPERVISOR_PROCESS_NAME": "Set by the process supervisor. The kit recognises leftover programs by it.",
    "KIT_NATIVE_HOME": "Marks every process of a native deployment. Do not set it.",
}
_SAMPLES = {"coupon-api": ApiSettings, "coupon-issuer": IssuerSettings, "coupon-notifier": NotifierSettings}
_FOR_ALL = "all"


OF_SAMPLES = {
    "CONSUMER_NAME": "name in the consumer group; it must differ between processes",
    "COUPON_API_URL": "address of coupon-api",
    "DATABASE_POOL_SIZE": "maximum number of database connections",
    "DATABASE_URL": "address of the database",
    "FAULTS": "faults to switch on, for practice",
    "HEALTH_HOST": "address of the health and metrics endpoint",
    "HEALTH_PORT": "port of the health and metrics endpoint; 0 takes a free one",
    "HTTP_HOST": "address of the API",
    "HTTP_PORT": "port of the API; 0 takes a free one",
    "LATENCY_BUCKETS": "edges of the buckets for the durations of HTTP requests",
    "MESSAGING_PROPAGATION": "whether a consumer continues the producer's trace or links to it",
    "QUEUE_BATCH_SIZE": "maximum number of entries per read",
    "QUEUE_BLOCK": "maximum wait of an idle read, in ms",
    "QUEUE_DEAD_LETTERS": "number of dead letters kept for each stream",
    "QUEUE_MAX_DELIVERIES": "deliveries before a failing entry becomes a dead letter",
    "QUEUE_RECLAIM_IDLE": "time without progress before an entry is delivered again, in ms",
    "REDIS_SPANS": "`1` gives each Redis command in a trace a span",
    "REDIS_URL": "address of Redis",
    "REQUESTS_REMEMBERED": "time that Redis keeps a request after its decision, in seconds",
}
"""Variables of the sample services. A variable without a meaning here fails the page."""


def lines() -> Iterator[str]:
    """Yield the lines of the page."""
    yield from generated("Environment variables", _OPENING)
    yield from ("", "## The command", *_table(KIT))
    yield "\nVariables in kit.yaml, such as `{env: NAME}`, are read when the deployment starts."
    yield from ("", "## Variables that the kit sets for a service")
    yield from _table(SET_FOR_SERVICES)
    yield "\n`kit env NAME` prints the `OTEL_*` variables for a service that runs elsewhere."
    yield from ("", "## The sample services")
    yield from table(
        ("variable", "services", "value", "default", "meaning"),
        [
            (code(name), services, field.description or "text", _default(field), OF_SAMPLES[name])
            for name, (services, field) in sorted(_settings().items())
        ],
    )


def _table(variables: dict[str, str]) -> Iterator[str]:
    yield from table(("variable", "meaning"), [(code(name), about) for name, about in variables.items()])


def _settings() -> dict[str, tuple[str, Any]]:
    """Return each variable of the samples with its services and its declaration."""
    found: dict[str, tuple[list[str], Any]] = {}
    for service, settings in _SAMPLES.items():
        for name, field in settings.model_fields.items():  # type: ignore[attr-defined]
            found.setdefault(str(field.alias or name.upper()), ([], field))[0].append(service)
    return {
        name: (_FOR_ALL if len(services) == len(_SAMPLES) else ", ".join(services), field)
        for name, (services, field) in found.items()
    }


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "`HOSTNAME-PID`"
    if field.default is PydanticUndefined:
        return "required"
    value = field.default
    if isinstance(value, bool):
        return code(int(value))
    if isinstance(value, frozenset):
        return "none"
    if isinstance(value, tuple):
        return code(",".join(f"{number:g}" for number in value))
    return code(getattr(value, "value", value))
