"""A user's own services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec import containers, kinds
from generator.spec.keys import FOLDER, NAME, PORT, SpecKey, option, required
from generator.spec.quantities import Size
from generator.spec.record import Record
from generator.spec.secret import Secret, TextOrSecret

_ARGUMENT = kinds.Text(r"[^\0]*", "a word of a command, in quotes if it is a number", max_length=4096)
_VARIABLE = kinds.Text(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")
_VALUE = kinds.Text(r"[^\0]*", "text, or {env: NAME} or {file: PATH}", max_length=32_768)
_IMAGE = kinds.Text(
    r"[A-Za-z0-9][A-Za-z0-9._:/@-]*", 'an image with its tag, as "registry.example/shop:1.4"', max_length=500
)
_LISTEN = kinds.Count(1, 65535, "a port")
_PATH = kinds.Text(r"""/[^\s"'\\$`]*""", "a path that begins with `/`")


@dataclass(frozen=True)
class ServiceSpec:
    """One of your own services: what starts it, and nothing of tracing, which it is told by variables."""

    name: str = required(NAME, "its host name, and its name in traces")
    image: str | None = option(containers.Maybe(_IMAGE), None, "what Compose runs")
    build: str | None = option(
        containers.Maybe(FOLDER), None, "instead of `image`: the folder with its Dockerfile, from here"
    )
    command: tuple[str, ...] = option(
        containers.Words(_ARGUMENT, 100), (), "in Compose, instead of the image's own, as [serve, --fast]"
    )
    run: tuple[str, ...] = option(
        containers.Words(_ARGUMENT, 100),
        (),
        "what the native target runs, in the spec's folder, as [node, server.js]",
    )
    environment: Mapping[str, str | Secret] = field(
        default_factory=dict,
        metadata={
            "kind": containers.MapOf(_VARIABLE, TextOrSecret(_VALUE)),
            "doc": "more variables; {env: NAME} hands yours on, {file: PATH} gives the path where the file is found",
        },
    )
    port: int | None = option(
        containers.Maybe(_LISTEN),
        None,
        "where it listens (it is told HOST and PORT); it is published on 127.0.0.1",
    )
    published: int | None = option(
        containers.Maybe(PORT), None, "the port on 127.0.0.1, if another; natively it listens on this one"
    )
    health: str | None = option(
        containers.Maybe(_PATH),
        None,
        "a path on `port` that answers 2xx once it is ready; in Compose the image needs wget or curl for it",
    )
    metrics: str | None = option(
        containers.Maybe(_PATH), None, "a path on `port` that serves metrics in Prometheus's format"
    )
    memory: Size = option(
        kinds.size("256MiB", "16MiB", "1TiB"), Size(256 << 20), "its limit, where there are limits"
    )
    after: tuple[str, ...] = option(
        containers.ListOf(NAME, 50),
        (),
        "others of yours that must be ready before it starts; it is told their addresses, as PRICING_URL",
    )


SERVICES: SpecKey[tuple[ServiceSpec, ...] | None] = SpecKey(
    "services",
    option(
        containers.Maybe(containers.ListOf(Record(ServiceSpec), 50)), None,
        'your own in the place of the samples, as [{name: shop, image: "shop:1.4", port: 8080}]; [] for none',
    ),
    10,
)  # fmt: skip
