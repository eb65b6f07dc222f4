"""Reader, JSON Schema and starter of `kit.yaml`, with the keys of all components and targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from generator import targets
from generator.component import Component
from generator.components import components
from generator.components.services.spec import SERVICES
from generator.spec import json_schema, source, starter
from generator.spec.model import Spec, spec_shape
from generator.spec.places import SpecText
from generator.spec.problem import Problem
from generator.spec.reader import read_text
from generator.spec.sections.images import images_key
from generator.spec.sections.native import NATIVE, NATIVE_PORTS
from generator.spec.sections.ports import PORTS, Port, ports_key
from generator.spec.sections.validate import VALIDATE
from generator.target import Target

# Reserved names: hosts and logs that use a name no component has.
_RESERVED = (
    "cassandra-exporter", "dependencies", "grafana-secrets", "otelcol", "schema", "storage", "supervisor", "volumes",
)  # fmt: skip


def read_spec(path: Path) -> Spec:
    """Read and check a spec.

    Raises:
        SpecError: With all problems, each with its place.
    """
    return parse_spec(source.read(path), str(path))


def parse_spec(text: str, file: str = "kit.yaml") -> Spec:
    """Check the text of a spec; `file` is used only in messages.

    Raises:
        SpecError: With all problems, each with its place.
    """
    brought = (component.relations for component in components())
    return read_text(text, file, spec_class(), (_ports, *filter(None, brought), _names))


def spec_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `kit.yaml`, for editors."""
    return json_schema.json_schema(spec_class())


def starter_spec(name: str) -> str:
    """Return the `kit.yaml` that `kit init` writes: two required lines, and every default as a comment."""
    return starter.starter(name, spec_class())


def spec_class() -> type[Spec]:
    """Return the class of a spec with the keys of every component and target."""
    return _shape(components(), tuple(targets.TARGETS))


@cache
def _shape(known: Sequence[Component], ways: Sequence[Target]) -> type[Spec]:
    keys = [key for component in known for key in component.keys]
    keys += [key for target in ways for key in target.keys]
    images = images_key(image for component in known for image in component.images)
    return spec_shape((*keys, ports_key(_all_ports(known)), images, VALIDATE))


def _all_ports(known: Sequence[Component]) -> list[Port]:
    return sorted((port for component in known for port in component.ports), key=lambda port: port.order)


def _ports(spec: Spec, text: SpecText) -> Iterator[Problem]:
    seen: dict[int, str] = {}
    first, last = spec[NATIVE].port_base, spec[NATIVE].port_base + NATIVE_PORTS - 1
    for key in (port.key for port in _all_ports(components()) if port.opened is None or port.opened(spec)):
        path, port = f"ports.{key}", spec[PORTS][key]
        if port in seen:
            found = f"{port}, which {seen[port]} uses too"
            yield text.problem(path, found, "an unused port", f"use another one, such as {max(seen) + 1}")
        elif first <= port <= last:
            found = f"{port}, which is in the range of native.port_base, {first} to {last}"
            yield text.problem(
                path, found, "a port outside of that range", "change the port, or native.port_base"
            )
        seen.setdefault(port, path)


def _names(spec: Spec, text: SpecText) -> Iterator[Problem]:
    taken = {*_RESERVED, *(image.workload for component in components() for image in component.images)}
    services = spec[SERVICES]
    for index, service in enumerate(services or ()):
        if service.name in taken:
            found = f"`{service.name}`, a name that the kit uses"
            yield text.problem(
                f"services[{index}].name",
                found,
                "another name",
                f"use another one, such as `my-{service.name}`",
            )
