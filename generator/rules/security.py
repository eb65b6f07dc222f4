"""Secrets: none in clear text, every variable set where it is used; encryption of spans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.rules.check import Breach, rule
from generator.rules.pipelines import LOOPBACK, OTLP, type_of
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, dig, mapping
from generator.rules.units import host_port

_SECRET_NAME = re.compile(
    r"(?i)(^|[_.-])(pass(word|wd)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth(orization)?"
    r"|bearer)($|[_.-])|apikey|passwd|password$"
)
# Endings of names that hold the place or a property of a secret, not the secret itself.
_ABOUT_IT = re.compile(r"(?i)[_.-](file|path|dir|url|method|type|name|ttl|timeout|header|enabled|expiry|id)$")
_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}")
_IN_URL = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_HARMLESS = ("", "true", "false", "none", "trust", "null", "yes", "no")


@rule("KIT080")
def environments_hold_no_secret(scene: Scene) -> Iterator[Breach]:
    """Check name and value of every variable."""
    for container in scene.containers.values():
        for name, value in container.environment.items():
            if _clear(name, value):
                at = container.at("environment", name)
                reference = f"${{{name}:?…}}" if at.layered.cause(at.path) else f"{{env: {name}}}"
                yield Breach("a secret in clear text", reference, at)


def _clear(name: str, value: str) -> bool:
    """Whether a value is a secret in clear text; a reference `${…}` is not."""
    if "${" in value or value.lower() in _HARMLESS:
        return False
    if _IN_URL.search(value):
        return True
    return bool(_SECRET_NAME.search(name)) and not _ABOUT_IT.search(name) and not value.isdigit()


@rule("KIT081")
def configs_hold_no_secret(scene: Scene) -> Iterator[Breach]:
    """Check every scalar of both configs."""
    for layered in (scene.collector, scene.jaeger):
        for part in ("exporters", "extensions", "receivers", "connectors"):
            for path, value in _scalars(mapping(layered.get(part)), (part,)):
                name = str(path[-2] if isinstance(path[-1], int) else path[-1])
                in_headers = "headers" in path and re.search(r"(?i)key|token|auth|secret", name)
                if _clear("token" if in_headers else name, value) and not value.startswith("$"):
                    yield Breach("a secret in clear text", "${env:NAME}", (layered, path))


def _scalars(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _scalars(value, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _scalars(item, (*path, index))
    elif isinstance(data, str):
        yield path, data


@rule("KIT082")
def what_leaves_is_encrypted(scene: Scene) -> Iterator[Breach]:
    """Check the OTLP exporters to hosts outside of this deployment and of private networks."""
    for id_, settings in mapping(scene.collector.get("exporters")).items():
        endpoint = str(dig(settings, "endpoint") or "")
        host = host_port(endpoint)[0]
        outside = "." in host and host not in (*LOOPBACK, "host.docker.internal") and not _private(host)
        if type_of(id_) not in OTLP or not outside:
            continue
        tls = mapping(dig(settings, "tls"))
        if endpoint.startswith("http://"):
            yield Breach(
                f"{id_} sends to {host} without TLS",
                f"https://{host}",
                (scene.collector, ("exporters", id_, "endpoint")),
            )
        for name in ("insecure", "insecure_skip_verify"):
            if tls.get(name) is True and not endpoint.startswith("http://"):
                what = "without TLS" if name == "insecure" else "without verifying its certificate"
                yield Breach(
                    f"{id_} sends to {host} {what}",
                    f"{name}: false",
                    (scene.collector, ("exporters", id_, "tls", name)),
                )


def _private(host: str) -> bool:
    return bool(re.match(r"(10|127|192\.168|172\.(1[6-9]|2\d|3[01]))\.", host))


@rule("KIT085")
def variables_are_given(scene: Scene) -> Iterator[Breach]:
    """Compare each `${env:NAME}` that has no default with the container's variables."""
    for name, layered in (("collector", scene.collector), ("jaeger", scene.jaeger)):
        container = scene.containers.get(name)
        if container is None or container.more_variables:
            continue
        given = {*container.environment, *container.inherited}
        for path, value in _scalars(layered.data, ()):
            for variable in _VARIABLE.findall(value.replace("$$", "")):
                if variable not in given:
                    found = f"{variable}, which is not set in the container of {name}"
                    expected = f"{variable} in its environment, or a default: ${{env:{variable}:-…}}"
                    given_by = f'{name}: {{environment: {{{variable}: "${{{variable}:?set it in .env}}"}}}}'
                    fix = f"pass it in compose.override.yaml: services: {{{given_by}}}"
                    yield Breach(found, expected, (layered, path), fix=fix)


CHECKS = (environments_hold_no_secret, configs_hold_no_secret, what_leaves_is_encrypted, variables_are_given)
