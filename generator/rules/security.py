"""Secrets that stand in clear text, spans that travel so, and images that change under one's feet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from findings.rule import Severity
from generator.rules.check import Hit, rule
from generator.rules.pipelines import LOOPBACK, OTLP, type_of
from generator.rules.scene import Scene
from generator.rules.text import Path, dig, mapping
from generator.rules.units import host_port

_SECRET_NAME = re.compile(
    r"(?i)(^|[_.-])(pass(word|wd)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth(orization)?"
    r"|bearer)($|[_.-])|apikey|passwd|password$"
)
# A name that ends so tells where a secret is, or about it.
_ABOUT_IT = re.compile(r"(?i)[_.-](file|path|dir|url|method|type|name|ttl|timeout|header|enabled|expiry|id)$")
_IN_URL = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_HARMLESS = ("", "true", "false", "none", "trust", "null", "yes", "no")


@rule(
    "KIT080",
    "no secret stands in compose.override.yaml",
    Severity.ERROR,
    reason="The file is in version control and in every copy of it; `docker inspect` shows it to whoever may ask.",
    source="docs.docker.com, Secrets in Compose; 12factor.net/config",
    fix="`NAME: ${NAME:?set it in the environment or in .env}`, or a Compose secret and NAME_FILE",
    bad="""
    # compose.override.yaml
    services:
      coupon-api:
        environment:
          STRIPE_API_KEY: not-a-real-key-4242
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-api:
        environment:
          STRIPE_API_KEY: ${STRIPE_API_KEY:?set it in .env}
    """,
)
def environments_hold_no_secret(scene: Scene) -> Iterator[Hit]:
    """Look at the names and values of every variable."""
    for container in scene.containers.values():
        for name, value in mapping(container.get("environment")).items():
            text = "" if value is None else str(value)
            if _clear(str(name), text):
                yield Hit(
                    "a secret in clear text",
                    f"${{{name}:?…}}",
                    (scene.compose, container.path("environment", name)),
                )


def _clear(name: str, value: str) -> bool:
    """Whether a value is a secret in clear text; `${…}` is not."""
    if "${" in value or value.lower() in _HARMLESS:
        return False
    if _IN_URL.search(value):
        return True
    return bool(_SECRET_NAME.search(name)) and not _ABOUT_IT.search(name) and not value.isdigit()


@rule(
    "KIT081",
    "no secret stands in the collector's config",
    Severity.ERROR,
    reason="The file is in version control, and the collector's zpages and `print-config` may show it.",
    source="opentelemetry.io, Collector security best practices: environment variables or `${file:…}`",
    fix="`${env:NAME}`, or `${file:/run/secrets/name}`",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: https://otlp.example.com
        headers:
          authorization: Bearer not-a-real-token
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlp_http/vendor]
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: https://otlp.example.com
        headers:
          authorization: Bearer ${env:VENDOR_TOKEN}
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlp_http/vendor]
    """,
)
def configs_hold_no_secret(scene: Scene) -> Iterator[Hit]:
    """Look at every scalar of both configs."""
    for layered in (scene.collector, scene.jaeger):
        for part in ("exporters", "extensions", "receivers", "connectors"):
            for path, value in _scalars(mapping(layered.get(part)), (part,)):
                name = str(path[-2] if isinstance(path[-1], int) else path[-1])
                in_headers = "headers" in path and re.search(r"(?i)key|token|auth|secret", name)
                if _clear("token" if in_headers else name, value) and not value.startswith("$"):
                    yield Hit("a secret in clear text", "${env:NAME}", (layered, path))


def _scalars(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _scalars(value, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _scalars(item, (*path, index))
    elif isinstance(data, str):
        yield path, data


@rule(
    "KIT082",
    "spans that leave this machine are encrypted",
    Severity.WARNING,
    reason="Spans hold URLs, names and ids of users: whoever sits on the way reads them, and the token beside them.",
    source="opentelemetry.io, Collector security best practices, TLS",
    fix="an https endpoint; with a private authority tls: {ca_file: …}",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: http://otlp.example.com:4318
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlp_http/vendor]
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: https://otlp.example.com:4318
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlp_http/vendor]
    """,
)
def what_leaves_is_encrypted(scene: Scene) -> Iterator[Hit]:
    """Look at OTLP exporters whose host is not of this deployment."""
    for id_, settings in mapping(scene.collector.get("exporters")).items():
        endpoint = str(dig(settings, "endpoint") or "")
        host = host_port(endpoint)[0]
        outside = "." in host and host not in (*LOOPBACK, "host.docker.internal") and not _private(host)
        if type_of(id_) not in OTLP or not outside:
            continue
        tls = mapping(dig(settings, "tls"))
        if endpoint.startswith("http://"):
            yield Hit(
                f"{id_} sends to {host} without TLS",
                f"https://{host}",
                (scene.collector, ("exporters", id_, "endpoint")),
            )
        for name in ("insecure", "insecure_skip_verify"):
            if tls.get(name) is True and not endpoint.startswith("http://"):
                what = "without TLS" if name == "insecure" else "to whoever answers: it verifies nothing"
                yield Hit(
                    f"{id_} sends to {host} {what}",
                    f"{name}: false",
                    (scene.collector, ("exporters", id_, "tls", name)),
                )


def _private(host: str) -> bool:
    return bool(re.match(r"(10|127|192\.168|172\.(1[6-9]|2\d|3[01]))\.", host))


@rule(
    "KIT083",
    "an image is pinned to a version",
    Severity.WARNING,
    reason="The next `docker compose pull` brings another program: nobody changed anything, and it no longer works.",
    source="docs.docker.com, Building best practices: pin base image versions; hadolint DL3007",
    fix="a tag with a version, or a digest: `image@sha256:…`",
    bad="""
    # compose.override.yaml
    services:
      adminer:
        image: adminer:latest
        mem_limit: 128m
    """,
    good="""
    # compose.override.yaml
    services:
      adminer:
        image: adminer:5.4.0
        mem_limit: 128m
    """,
)
def images_are_pinned(scene: Scene) -> Iterator[Hit]:
    """Look at every image that is not built here."""
    for container in scene.containers.values():
        image = container.get("image")
        if (
            not isinstance(image, str)
            or container.get("build") is not None
            or "@sha256:" in image
            or "$" in image
        ):
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        if tag in ("", "latest", "edge", "nightly", "main", "master", "stable"):
            what = f"the tag `{tag}`, which moves" if tag else "no tag, which is `latest`"
            yield Hit(
                f"{container.name}: {image} has {what}", "a version", (scene.compose, container.path("image"))
            )


@rule(
    "KIT084",
    "a service has an image, or is built",
    Severity.ERROR,
    reason='Compose refuses the whole file: `service "x" has neither an image nor a build context specified`.',
    source="Compose specification, services",
    fix="mend the name if you meant one of the rendered services, else give it an image",
    bad="""
    # compose.override.yaml
    services:
      colector:
        mem_limit: 1g
    """,
    good="""
    # compose.override.yaml
    services:
      collector:
        mem_limit: 1g
    """,
)
def services_have_images(scene: Scene) -> Iterator[Hit]:
    """Look for a service that only the override names and that has neither."""
    from generator.spec.report import nearest

    rendered = list(mapping(mapping(scene.compose.rendered.data).get("services")))
    for container in scene.containers.values():
        if not container.get("image") and not container.get("build"):
            near = nearest(container.name, rendered)
            yield Hit(
                f"{container.name} has neither an image nor a build",
                f"one of {', '.join(rendered)}, or an image",
                (scene.compose, container.path()),
                fix=f"did you mean {near}?" if near else "",
            )


CHECKS = (
    environments_hold_no_secret,
    configs_hold_no_secret,
    what_leaves_is_encrypted,
    images_are_pinned,
    services_have_images,
)
