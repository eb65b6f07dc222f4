"""Detectors of names that differ from OpenTelemetry's semantic conventions, so that tools do not find the data."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.building import EXCEPTION, SCOPE
from analysis.columns.groups import alike, first_of_each
from analysis.lint.calls import STATEMENT, SUMMARY, CallKind
from analysis.lint.lint_rules import (
    LEAST_NAMES,
    LEAST_SPANS_SHARE,
    MISSING_ATTRIBUTE,
    OLD_NAME,
    UNBOUNDED_NAME,
)
from analysis.lint.lint_spans import Violation, single
from analysis.model import SpanKind
from analysis.sources.otlp_json import UNNAMED_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Mask
    from analysis.lint.lint_spans import LintSpans

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
"""Stable attribute names by old name (OpenTelemetry's migration guides for HTTP, databases, messaging)."""

_STATUS = ("http.response.status_code", "http.status_code")
_NEW_NAMES = [name for new in OLD_NAMES.values() for name in new.split(" and ")]

NEEDED = (
    *("error.type", EXCEPTION, SCOPE, "http.route", "rpc.grpc.status_code", "messaging.system"),
    *(*_STATUS, *OLD_NAMES, *_NEW_NAMES),
)
"""The attributes that a table must hold for these detectors, besides those of calls."""

_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_NOT_FOUND = (404, 405)


def old_names(spans: LintSpans) -> Iterator[Violation]:
    """Yield attributes with names that the conventions have replaced."""
    table = spans.table
    scope = spans.words.codes(SCOPE)
    for key in OLD_NAMES.keys() & set(table.keys):
        # Some instrumentations write both names during a migration.
        rows = np.flatnonzero(spans.words.has(key) & ~spans.words.has(OLD_NAMES[key].split(" ", 1)[0]))
        for members in alike(rows, table.service[rows], scope[rows]):
            first = int(members[0])
            named = spans.words.of(first, SCOPE) or "an unnamed scope"
            yield Violation(
                rule=OLD_NAME,
                entry=(table.service_of(first), named),
                subject=key,
                found=f"{named} writes {key}",
                traces=single(table.trace[members]),
                expected=OLD_NAMES[key],
            )


def missing_attributes(spans: LintSpans) -> Iterator[Violation]:
    """Yield span names whose spans lack an attribute that they should have."""
    operation, names = spans.operations
    for key, wanted, there in _wanted(spans):
        seen = np.bincount(operation[wanted], minlength=len(names))
        rows = np.flatnonzero(wanted & ~there)
        for members in alike(rows, operation[rows]):
            which = int(operation[members[0]])
            if len(members) > LEAST_SPANS_SHARE * seen[which]:
                found = f"{names[which][1]} has no {key}"
                traces = single(spans.table.trace[members])
                yield Violation(MISSING_ATTRIBUTE, names[which], key, found, traces, expected=key)


def unbounded_names(spans: LintSpans) -> Iterator[Violation]:
    """Yield groups of span names that contain a value."""
    operation, names = spans.operations
    first = spans.oldest_first[first_of_each(operation[spans.oldest_first], len(names))]
    by_template: dict[tuple[str, str, int], dict[str, int]] = defaultdict(dict)
    for number, (service, name) in enumerate(names):
        with_id = _ID.sub("{id}", name)
        if with_id != name:
            by_template[service, with_id, 2][name] = int(first[number])
        elif _NUMBER.search(name):
            by_template[service, _NUMBER.sub("{number}", name), LEAST_NAMES][name] = int(first[number])
    place = np.empty(len(spans.table), np.int64)
    place[spans.oldest_first] = np.arange(len(spans.table))
    for (service, template, least), rows in by_template.items():
        if len(rows) >= least:
            oldest = min(rows, key=lambda name: int(place[rows[name]]))
            found = f"{len(rows)} names of the form {template}, such as {oldest}"
            traces = single(spans.table.trace[np.array(list(rows.values()), np.int64)])
            yield Violation(UNBOUNDED_NAME, (service, template), template, found, traces, expected=template)


def _wanted(spans: LintSpans) -> Iterator[tuple[str, Mask, Mask]]:
    """Yield attributes that spans should have, the mask of these spans, and the mask of spans that have it."""
    table, has = spans.table, spans.words.has
    named = [text != UNNAMED_SERVICE and not text.startswith(f"{UNNAMED_SERVICE}:") for text in table.texts]
    yield "service.name", np.ones(len(table), bool), np.array(named, bool)[table.service]
    # For a server, the status code is enough as error type.
    yield "error.type", table.error, has("error.type", EXCEPTION, *_STATUS, "rpc.grpc.status_code")
    served = table.is_kind(SpanKind.SERVER) & has("http.request.method", "http.method")
    stable, old = table.number(_STATUS[0]), table.number(_STATUS[1])
    status = np.where(has(_STATUS[0]), stable, old)
    # A request that matches no route has no http.route.
    yield "http.route", served, has("http.route") | np.isin(status, _NOT_FOUND)
    message = table.is_kind(SpanKind.CONSUMER, SpanKind.PRODUCER)
    yield "messaging.system", message, has("messaging.system")
    destination = "messaging.destination.name"
    yield destination, message, has(destination, "messaging.destination")
    of = spans.calls.of
    other = table.is_kind(SpanKind.CLIENT) & ~of[CallKind.SQL] & ~of[CallKind.REDIS]
    described = has(*STATEMENT, *SUMMARY, "db.operation.name")
    yield "db.system.name", other & described, has("db.system.name", "db.system")
