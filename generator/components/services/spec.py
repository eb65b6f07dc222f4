"""The keys of the user's own services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec import containers, kinds
from generator.spec.keys import FOLDER, NAME, PORT, SpecKey, option, required
from generator.spec.quantities import Size
from generator.spec.record import Record, TextOrRecord
from generator.spec.secret import Secret, TextOrSecret

_ARGUMENT = kinds.Text(r"[^\0]*", "one word of a command, in quotes if it is a number", max_length=4096)
_VARIABLE = kinds.Text(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")
_VALUE = kinds.Text(r"[^\0]*", "text, or {env: NAME} or {file: PATH}", max_length=32_768)
_IMAGE = kinds.Text(
    r"[A-Za-z0-9][A-Za-z0-9._:/@-]*",
    'an image with its tag, such as "registry.example/shop:1.4"',
    max_length=500,
)
_LISTEN = kinds.Count(1, 65535, "a port")
_PATH = kinds.Text(r"""/[^\s"'\\$`]*""", "a path that begins with `/`")
_APPLICATION = kinds.Text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "letters, digits, `.`, `_` and `-`")


@dataclass(frozen=True)
class MetricsSpec:
    """Where a service serves metrics in Prometheus's format."""

    port: int | None = option(
        containers.Maybe(_LISTEN), None, "port of the metrics; null: the service's `port`"
    )
    path: str = option(_PATH, "/metrics", "path of the metrics")


@dataclass(frozen=True)
class ServiceSpec:
    """One of your own services; the kit configures its tracing through environment variables."""

    name: str = required(NAME, "host name, and name in traces")
    image: str | None = option(containers.Maybe(_IMAGE), None, "image that Compose runs")
    build: str | None = option(
        containers.Maybe(FOLDER), None, "instead of `image`: folder with the Dockerfile, relative to the spec"
    )
    command: tuple[str, ...] = option(
        containers.Words(_ARGUMENT, 100),
        (),
        "for Compose: replaces the image's command, such as [serve, --fast]",
    )
    run: tuple[str, ...] = option(
        containers.Words(_ARGUMENT, 100),
        (),
        "command of the native target, run in the spec's folder, such as [node, server.js]",
    )
    environment: Mapping[str, str | Secret] = field(
        default_factory=dict,
        metadata={
            "kind": containers.MapOf(_VARIABLE, TextOrSecret(_VALUE)),
            "doc": "more variables; {env: NAME} passes the value of your variable, {file: PATH} the path of your file",
        },
    )
    port: int | None = option(
        containers.Maybe(_LISTEN),
        None,
        "port on which it listens, passed as PORT with the address HOST; published on `ports.address`",
    )
    published: int | None = option(
        containers.Maybe(PORT), None, "published port, if not `port`; natively the service listens on it"
    )
    health: str | None = option(
        containers.Maybe(_PATH),
        None,
        "a path on `port` that answers 2xx when the service is ready; in Compose the image needs wget or curl",
    )
    metrics: MetricsSpec | None = option(
        containers.Maybe(TextOrRecord(_PATH, "path", Record(MetricsSpec))), None,
        "where it serves metrics in Prometheus's format: a path on `port`, or {port: 9464, path: /metrics}",
    )  # fmt: skip
    application: str | None = option(
        containers.Maybe(_APPLICATION),
        None,
        "label `application` of its metrics; null: the deployment's name",
    )
    memory: Size = option(
        kinds.size("256MiB", "16MiB", "1TiB"), Size(256 << 20), "memory limit; none natively"
    )
    after: tuple[str, ...] = option(
        containers.ListOf(NAME, 50),
        (),
        "other `services` that must be ready before it starts; it gets their addresses, such as PRICING_URL",
    )


SERVICES: SpecKey[tuple[ServiceSpec, ...] | None] = SpecKey(
    "services",
    option(
        containers.Maybe(containers.ListOf(Record(ServiceSpec), 50)), None,
        'your services instead of the samples, such as [{name: shop, image: "shop:1.4", port: 8080}]; []: none',
    ),
    10,
)  # fmt: skip
