"""Mistakes between the keys of `collector`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from generator.spec.model import Spec
from generator.spec.patterns import matches
from generator.spec.relations import Relation, node_at
from generator.spec.relations_of_services import at, items
from generator.spec.sections.collector import ExporterSpec, SamplingSpec

# Jaeger's exporter has it, and a queue's file bears an exporter's name.
_TAKEN = "jaeger"
# What Jaeger and the searches can't do without.
_NEEDED = ("service.name",)
_SECRET_HEADER = re.compile(r"(?i)authorization|token|secret|password|cookie|(^|-)key$|apikey")


def relations_of_collector(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    """Node, path, found, expected and fix of each."""
    yield from _sampling(spec, root)
    for index, (pattern, node) in enumerate(
        zip(spec.collector.redact, items(root, "collector.redact"), strict=True)
    ):
        for needed in _NEEDED:
            if matches(pattern, needed):
                yield node, f"collector.redact[{index}]", f"`{pattern}`, which removes {needed}", (
                    f"a pattern that leaves {needed}"
                ), "make it narrower: without that attribute no trace can be found"  # fmt: skip
    names: set[str] = set()
    exporters = zip(spec.collector.exporters, items(root, "collector.exporters"), strict=True)
    for index, (exporter, node) in enumerate(exporters):
        path = f"collector.exporters[{index}]"
        here = at(node, "name"), f"{path}.name"
        if exporter.name == _TAKEN:
            yield (
                *here,
                "`jaeger`, the name of the deployment's own Jaeger",
                "another name",
                "`other-jaeger`, say",
            )
        elif exporter.name in names:
            yield *here, f"`{exporter.name}` a second time", "each name once", "rename one"
        names.add(exporter.name)
        yield from _exporter(exporter, node, path)


def _sampling(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    wish, usual = spec.collector.sampling, SamplingSpec()
    if wish.keep != "all":
        return
    for key in ("slower_than", "wait"):
        if getattr(wish, key) != getattr(usual, key):
            path = f"collector.sampling.{key}"
            found = f"`{key}`, but all traces are kept"
            yield (
                node_at(root, path),
                path,
                found,
                "a share of the traces too",
                "add `keep: 10%`, or remove it",
            )


def _exporter(exporter: ExporterSpec, node: yaml.Node, path: str) -> Iterator[Relation]:
    for name, value in exporter.headers.items():
        if isinstance(value, str) and _SECRET_HEADER.search(name):
            yield at(node, f"headers.{name}"), f"{path}.headers.{name}", "a value in clear text", (
                "{env: NAME} or {file: PATH}"
            ), "put the value into a variable or a file, and name that"  # fmt: skip
    tls = exporter.tls
    if (tls.certificate is None) != (tls.key is None):
        yield at(node, "tls"), f"{path}.tls", "one of `certificate` and `key`", "both", "add the other one"
    if exporter.endpoint.startswith("http://") and (tls.ca or tls.certificate):
        yield (
            at(node, "endpoint"),
            f"{path}.endpoint",
            "http://, which has no TLS",
            "https://",
            "or remove `tls`",
        )
    if exporter.protocol == "grpc" and re.fullmatch(r"https?://[^/]*", exporter.endpoint) is None:
        yield at(node, "endpoint"), f"{path}.endpoint", f"`{exporter.endpoint}`, with a path", (
            "host and port alone: gRPC has no paths"
        ), "remove the path, or take `protocol: http`"  # fmt: skip
