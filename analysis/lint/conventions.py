"""Attributes and names as OpenTelemetry's semantic conventions have them: tools find nothing under other names."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from analysis.lint.calls import Target, target_of
from analysis.lint.look import Hit
from analysis.model import SpanKind
from analysis.sources.otlp_json import UNNAMED_SERVICE
from findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.lint.look import Look
    from analysis.model import Span

OLD_NAMES = {
    "http.method": "http.request.method",
    "http.status_code": "http.response.status_code",
    "http.url": "url.full",
    "http.target": "url.path and url.query",
    "http.scheme": "url.scheme",
    "http.host": "server.address",
    "http.flavor": "network.protocol.version",
    "http.user_agent": "user_agent.original",
    "http.client_ip": "client.address",
    "net.peer.name": "server.address",
    "net.peer.port": "server.port",
    "net.host.name": "server.address",
    "net.host.port": "server.port",
    "net.peer.ip": "network.peer.address",
    "db.system": "db.system.name",
    "db.statement": "db.query.text",
    "db.name": "db.namespace",
    "db.operation": "db.operation.name",
    "db.sql.table": "db.collection.name",
    "db.redis.database_index": "db.namespace",
    "messaging.destination": "messaging.destination.name",
    "messaging.operation": "messaging.operation.type",
    "messaging.message_id": "messaging.message.id",
    "messaging.kafka.consumer.group": "messaging.consumer.group.name",
}
"""The stable conventions' name by the old one (OpenTelemetry's migration guides for HTTP, databases, messaging)."""

LEAST_SPANS_SHARE = 0.01
"""An attribute is missing when it is on less than all but one in a hundred of the spans that should have it."""

LEAST_NAMES = 10
"""So many span names that differ in a number alone are unbounded; ids are at two. Shards and versions are fewer."""

OLD_NAME = Rule(
    id="KIT211",
    title="Attributes have the names of the stable semantic conventions",
    severity=Severity.WARNING,
    reason="Dashboards, searches and this kit's own questions look under the stable names.",
    source="OpenTelemetry's migration guides of the HTTP, database and messaging conventions",
    fix="update the instrumentation, or set OTEL_SEMCONV_STABILITY_OPT_IN=http,database,messaging",
    bad="http.method=GET http.status_code=200",
    good="http.request.method=GET http.response.status_code=200",
)
MISSING_ATTRIBUTE = Rule(
    id="KIT212",
    title="Spans carry what they are grouped and searched by",
    severity=Severity.WARNING,
    reason="Without a service, a route or a destination there is no endpoint and no queue to be seen.",
    source=(
        "the semantic conventions' required attributes: service.name; http.route of servers that answer a route; "
        "messaging.system and messaging.destination.name; db.system.name; error.type of what failed"
    ),
    fix="set it where the span is started; service.name comes from OTEL_SERVICE_NAME",
    bad="a server's span: http.request.method=GET url.path=/items/7",
    good="a server's span: http.request.method=GET url.path=/items/7 http.route=/items/{id}",
)
UNBOUNDED_NAME = Rule(
    id="KIT213",
    title="Span names are few",
    severity=Severity.WARNING,
    reason="A name with an id in it makes an operation, and a series of metrics, for every value.",
    source="OpenTelemetry's trace API: a name of low cardinality; the collector's span metrics stop at a limit",
    fix="name the span by its route or template, and put the value into an attribute",
    bad="GET /users/1001, GET /users/1002, …",
    good="GET /users/{id} with url.path=/users/1001",
)

_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


def old_names(look: Look) -> Iterator[Hit]:
    """Attributes under names that the conventions have given up."""
    for trace in look.traces:
        for span in trace.spans:
            for key in span.attributes.keys() & OLD_NAMES.keys():
                # Some instrumentations write both for a while.
                if OLD_NAMES[key].split(" ", 1)[0] not in span.attributes:
                    scope = span.scope or "an unnamed scope"
                    yield Hit(
                        rule=OLD_NAME,
                        entry=(span.service, scope),
                        subject=key,
                        found=f"{scope} writes {key}",
                        trace_id=trace.trace_id,
                        expected=OLD_NAMES[key],
                    )


def missing_attributes(look: Look) -> Iterator[Hit]:
    """Spans of one name that lack an attribute they should have."""
    seen: dict[tuple[str, str, str], int] = defaultdict(int)
    lacking: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for trace in look.traces:
        for span in trace.spans:
            for key, there in _wanted(span):
                seen[span.service, span.name, key] += 1
                if not there:
                    lacking[span.service, span.name, key].append(span)
    for (service, name, key), spans in lacking.items():
        if len(spans) <= LEAST_SPANS_SHARE * seen[service, name, key]:
            continue
        for span in spans:
            found = f"{name} has no {key}"
            yield Hit(MISSING_ATTRIBUTE, (service, name), key, found, span.trace_id, expected=key)


def unbounded_names(look: Look) -> Iterator[Hit]:
    """Span names with a value in them."""
    by_template: dict[tuple[str, str, int], dict[str, str]] = defaultdict(dict)
    for trace in look.traces:
        for span in trace.spans:
            with_id = _ID.sub("{id}", span.name)
            if with_id != span.name:
                by_template[span.service, with_id, 2].setdefault(span.name, trace.trace_id)
            elif _NUMBER.search(span.name):
                template = _NUMBER.sub("{number}", span.name)
                by_template[span.service, template, LEAST_NAMES].setdefault(span.name, trace.trace_id)
    for (service, template, least), names in by_template.items():
        if len(names) >= least:
            found = f"{len(names)} names of the form {template}, such as {next(iter(names))}"
            for trace_id in names.values():
                yield Hit(UNBOUNDED_NAME, (service, template), template, found, trace_id, expected=template)


def _wanted(span: Span) -> Iterator[tuple[str, bool]]:
    """The attributes that a span of its kind should have, and whether it does."""
    attributes = span.attributes
    yield (
        "service.name",
        span.service != UNNAMED_SERVICE and not span.service.startswith(f"{UNNAMED_SERVICE}:"),
    )
    if span.is_error:
        exceptions = any("exception.type" in event.attributes for event in span.events)
        # A server's status says what failed, as far as it concerns the caller.
        status = attributes.keys() & {"http.response.status_code", "http.status_code", "rpc.grpc.status_code"}
        yield "error.type", "error.type" in attributes or exceptions or bool(status)
    if span.kind is SpanKind.SERVER and attributes.keys() & {"http.request.method", "http.method"}:
        status_code = attributes.get("http.response.status_code", attributes.get("http.status_code"))
        # What no route was found for has none.
        yield "http.route", "http.route" in attributes or status_code in (404, 405)
    if span.kind in (SpanKind.CONSUMER, SpanKind.PRODUCER):
        yield "messaging.system", "messaging.system" in attributes
        name = attributes.keys() & {"messaging.destination.name", "messaging.destination"}
        yield "messaging.destination.name", bool(name)
    if span.kind is SpanKind.CLIENT and target_of(span) not in (Target.SQL, Target.REDIS):
        described = attributes.keys() & {
            "db.query.text",
            "db.statement",
            "db.query.summary",
            "db.operation.name",
        }
        if described:
            yield "db.system.name", "db.system.name" in attributes or "db.system" in attributes
