"""Mistakes that lie between two keys of a spec."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import yaml

from generator.spec.model import Spec
from generator.spec.storage_mistakes import storage_mistakes

# Native parts find their own ports in this many from `native.port_base` on.
NATIVE_PORTS = 20

Relation = tuple[yaml.Node, str, str, str, str]


def relations(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    """Node, path, found, expected and fix of each."""
    yield from _ports(spec, root)
    yield from _images(spec, root)
    for path, *told in storage_mistakes(spec.storage):
        yield node_at(root, path), path, told[0], told[1], told[2]


def _ports(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    seen: dict[int, str] = {}
    first, last = spec.native.port_base, spec.native.port_base + NATIVE_PORTS - 1
    for item in fields(spec.ports):
        if item.name == "coupon_api" and spec.services is not None:
            continue  # nobody opens it
        path = f"ports.{item.name}"
        port = getattr(spec.ports, item.name)
        if not isinstance(port, int):
            continue
        if port in seen:
            found = f"{port}, which {seen[port]} has too"
            yield node_at(root, path), path, found, "a port of its own", f"take {max(seen) + 1}, for instance"
        elif first <= port <= last:
            found = f"{port}, within native.port_base's {first} to {last}"
            yield node_at(root, path), path, found, "a port outside them", "move native.port_base"
        seen.setdefault(port, path)


def _images(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    for engine in ("scylla", "cassandra"):
        if getattr(spec.images, engine) is not None and spec.storage.engine != engine:
            path = f"images.{engine}"
            found = f"an image, but storage.engine is {spec.storage.engine}"
            yield node_at(root, path), path, found, "no image of what does not run", "remove it"


def node_at(root: yaml.MappingNode, path: str) -> yaml.Node:
    """The node of a key, or of an item as `ports[0]`; else the nearest one above it that the file has."""
    node: yaml.Node = root
    for name in path.replace("[", ".[").split("."):
        if name.startswith("[") and isinstance(node, yaml.SequenceNode):
            below = node.value[int(name[1:-1])]
        elif isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == name), None)
        else:
            break
        if below is None:
            break
        node = below
    return node
