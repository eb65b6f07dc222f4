"""Contradictions between keys of `collector`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.components.collector.spec import COLLECTOR, ExporterSpec, SamplingSpec
from generator.spec.model import Spec
from generator.spec.patterns import matches
from generator.spec.places import SpecText
from generator.spec.problem import Problem

# Used by Jaeger's exporter; the file of a queue is named after its exporter.
_TAKEN = "jaeger"
# Jaeger and the searches need these attributes.
_NEEDED = ("service.name",)
_SECRET_HEADER = re.compile(r"(?i)authorization|token|secret|password|cookie|(^|-)key$|apikey")


def relations_of_collector(spec: Spec, text: SpecText) -> Iterator[Problem]:
    """Find mistakes in sampling, redaction and further backends."""
    yield from _sampling(spec[COLLECTOR].sampling, text)
    for index, pattern in enumerate(spec[COLLECTOR].redact):
        for needed in _NEEDED:
            if matches(pattern, needed):
                yield text.problem(
                    f"collector.redact[{index}]",
                    f"`{pattern}`, which removes {needed}",
                    f"a pattern that does not match {needed}",
                    "make the pattern narrower: without that attribute no trace can be found",
                )
    names: set[str] = set()
    for index, exporter in enumerate(spec[COLLECTOR].exporters):
        path = f"collector.exporters[{index}]"
        if exporter.name == _TAKEN:
            found = "`jaeger`, the name of the deployment's own Jaeger"
            yield text.problem(
                f"{path}.name", found, "another name", "rename it, for example to `other-jaeger`"
            )
        elif exporter.name in names:
            yield text.problem(
                f"{path}.name", f"`{exporter.name}` a second time", "each name once", "rename one"
            )
        names.add(exporter.name)
        yield from _exporter(exporter, path, text)


def _sampling(wish: SamplingSpec, text: SpecText) -> Iterator[Problem]:
    if wish.keep != "all":
        return
    usual = SamplingSpec()
    for key in ("slower_than", "wait"):
        if getattr(wish, key) != getattr(usual, key):
            found = f"`{key}`, but all traces are kept"
            fix = "add `keep: 10%`, or remove this key"
            yield text.problem(f"collector.sampling.{key}", found, "a share of the traces in `keep`", fix)


def _exporter(exporter: ExporterSpec, path: str, text: SpecText) -> Iterator[Problem]:
    for name, value in exporter.headers.items():
        if isinstance(value, str) and _SECRET_HEADER.search(name):
            yield text.problem(
                f"{path}.headers.{name}",
                "a value in clear text",
                "{env: NAME} or {file: PATH}",
                "put the value into an environment variable or a file, and name it here",
            )
    tls = exporter.tls
    if (tls.certificate is None) != (tls.key is None):
        yield text.problem(f"{path}.tls", "one of `certificate` and `key`", "both", "add the missing one")
    if exporter.endpoint.startswith("http://") and (tls.ca or tls.certificate):
        yield text.problem(f"{path}.endpoint", "http://, which has no TLS", "https://", "or remove `tls`")
    if exporter.protocol == "grpc" and re.fullmatch(r"https?://[^/]*", exporter.endpoint) is None:
        yield text.problem(
            f"{path}.endpoint",
            f"`{exporter.endpoint}`, with a path",
            "only host and port: gRPC has no paths",
            "remove the path, or write `protocol: http`",
        )
