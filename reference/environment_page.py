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
    "KIT_JAEGER_URL": "The Jaeger that `kit traces` reads, if no `--jaeger` is given.",
    "COLUMNS": "Width of text answers. Default: the terminal's width; in a pipe nothing is cut.",
    "NO_COLOR": "Any value switches colour off.",
    "TERM": "`dumb` switches colour off.",
    "COMPOSE_PROJECT_NAME": "Replaces the spec's `name` as the name of the Compose project; `.env` may hold it too.",
    "COMPOSE_FILE": "Compose's own list of files.",
    "COMPOSE_ENV_FILES": "Files that Compose reads in the place of `.env`, with commas between them.",
    "COMPOSE_DISABLE_ENV_FILE": "`1` or `true`: Compose reads no `.env`.",
    "GOROOT": "A Go toolchain to build the native programs with.",
    "GOCACHE": "Go's build cache. Default: a folder in the kit's cache.",
    "GOMODCACHE": "Go's module cache. Default: a folder in the kit's cache.",
    "PATH": "Is searched for Go, Docker, Redis and the programs of `services[].run`.",
}
SET_FOR_SERVICES = {
    "OTEL_SERVICE_NAME": "The service's name in its traces.",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "The collector's address.",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "`http/protobuf`, which every SDK has.",
    "OTEL_TRACES_EXPORTER": "`otlp`; the samples send nothing with `none`.",
    "OTEL_METRICS_EXPORTER": "`none`: the collector takes traces only.",
    "OTEL_LOGS_EXPORTER": "`none`: the collector takes traces only.",
    "OTEL_RESOURCE_ATTRIBUTES": "The deployment's name.",
    "OTEL_TRACES_SAMPLER": "`parentbased_always_on`: the collector decides which traces are kept.",
    "OTEL_PROPAGATORS": "`tracecontext,baggage`: how calls carry their trace.",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "Stable names of attributes, from libraries that can give both.",
    "OTEL_SDK_DISABLED": "Not set by the kit. `true` switches tracing of the samples off.",
    "OTEL_BSP_SCHEDULE_DELAY": "`tracing.export_delay`, in ms.",
    "OTEL_BSP_MAX_QUEUE_SIZE": "`tracing.queue`, in spans.",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "Spans in one request of the SDK.",
    "MESSAGING_PROPAGATION": "`tracing.propagation`: `parent` or `link`.",
    "HOST": "Address to listen on, of a service with a `port`.",
    "PORT": "Port to listen on, of a service with a `port`.",
    "REDIS_URL": "With `redis: {enabled: true}`.",
    "NAME_URL": "For each service `NAME` in `after` that has a port; in capitals, `-` becomes `_`.",
    "SUPERVISOR_PROCESS_NAME": "Set by the process supervisor. The kit recognises programs that are left over by it.",
    "KIT_NATIVE_HOME": "Marks every process of a native deployment. Do not set it.",
}
_SAMPLES = {"coupon-api": ApiSettings, "coupon-issuer": IssuerSettings, "coupon-notifier": NotifierSettings}
_FOR_ALL = "all"


def lines() -> Iterator[str]:
    """The page."""
    yield from generated("Environment variables", _OPENING)
    yield from ("", "## The command", *_table(KIT))
    yield "\nVariables that kit.yaml names, as `{env: NAME}`, are read when the deployment starts."
    yield from ("", "## What the kit sets for a service")
    yield from _table(SET_FOR_SERVICES)
    yield "\n`kit env NAME` prints the `OTEL_*` variables for a service that runs elsewhere."
    yield from ("", "## The sample services")
    yield from table(
        ("variable", "services", "value", "default"),
        [
            (code(name), services, field.description or "text", _default(field))
            for name, (services, field) in sorted(_settings().items())
        ],
    )


def _table(variables: dict[str, str]) -> Iterator[str]:
    yield from table(("variable", "meaning"), [(code(name), about) for name, about in variables.items()])


def _settings() -> dict[str, tuple[str, Any]]:
    """Services and declaration of each variable of the samples."""
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
    return code(getattr(value, "value", value))
