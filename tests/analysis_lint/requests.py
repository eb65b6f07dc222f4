"""Requests made by hand: a server's span and what it does, one thing after the other."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from analysis.lint.linting import lint
from analysis.model import Span, SpanKind, Trace
from tests.analysis.samples import span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.model import Attributes
    from findings.finding import Finding

_ids = itertools.count(1)


class Request:
    """One request to `shop`; steps follow each other 0.2 ms apart unless they say otherwise."""

    def __init__(self, *, at: float = 0, path: str = "/items/7", service: str = "shop") -> None:
        self.trace_id = f"{next(_ids):032x}"
        self.service = service
        self.at = self.begin = at
        self.attributes: Attributes = {
            "http.request.method": "GET",
            "http.route": "/items/{id}",
            "url.path": path,
            "http.response.status_code": 200,
        }
        self.root = self._span("GET /items/{id}", at, at, kind=SpanKind.SERVER, attributes=self.attributes)
        self.spans = [self.root]

    def _span(self, name: str, start: float, end: float, **more: object) -> Span:
        options = {"service": self.service, "trace_id": self.trace_id, **more}
        return span(name, start, end, **options)  # type: ignore[arg-type]

    def step(
        self,
        name: str,
        took: float,
        attributes: Attributes | None = None,
        *,
        kind: SpanKind = SpanKind.CLIENT,
        gap: float = 0.2,
        parent: Span | None = None,
        error: bool = False,
    ) -> Span:
        """Do something after what was done before; a negative gap begins before its end."""
        start = self.at + gap
        made = self._span(
            name,
            start,
            start + took,
            kind=kind,
            attributes=attributes,
            parent=parent or self.root,
            error=error,
        )
        if error:
            made.attributes.setdefault("error.type", "TimeoutError")
        self.spans.append(made)
        self.at = max(self.at, start + took)
        return made

    def sql(self, statement: str, took: float, *, gap: float = 0.2, error: bool = False) -> Span:
        attributes: Attributes = {"db.system.name": "postgresql", "db.query.text": statement}
        return self.step(statement.split()[0], took, attributes, gap=gap, error=error)

    def redis(self, command: str, took: float = 0.4, *, gap: float = 0.2) -> Span:
        attributes: Attributes = {"db.system.name": "redis", "db.query.text": command}
        return self.step(command.split()[0], took, attributes, gap=gap)

    def http(
        self,
        method: str,
        path: str,
        took: float,
        *,
        gap: float = 0.2,
        error: bool = False,
        more: Attributes | None = None,
    ) -> Span:
        attributes: Attributes = {
            "http.request.method": method,
            "url.full": f"http://stock:8080{path}",
            "server.address": "stock",
            **(more or {}),
        }
        return self.step(method, took, attributes, gap=gap, error=error)

    def trace(self, *, idle: float = 1.0) -> Trace:
        """The request, answered `idle` ms after its last step."""
        self.root.end_ns = max(one.end_ns for one in self.spans) + round(idle * 1_000_000)
        return Trace(self.spans)


def rules(traces: Iterable[Trace] | Trace, **options: object) -> list[str]:
    """The ids of the rules that are broken, once each, sorted."""
    return sorted({one.rule.id for one in found(traces, **options)})


def found(traces: Iterable[Trace] | Trace, **options: object) -> list[Finding]:
    given = [traces] if isinstance(traces, Trace) else list(traces)
    return lint(given, **options)  # type: ignore[arg-type]
