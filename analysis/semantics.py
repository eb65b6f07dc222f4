"""Classify spans by OpenTelemetry's semantic conventions, including older attribute names."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE
from analysis.model import SpanKind

if TYPE_CHECKING:
    from analysis.columns.table import Codes, Mask, Rows, SpanTable

ROUTE = "http.route"
METHODS = ("http.request.method", "http.method")
DB_SYSTEMS = ("db.system.name", "db.system")
DESTINATION = "messaging.destination.name"
GROUP = "messaging.consumer.group.name"
MESSAGING_SYSTEM = "messaging.system"

NEEDED = (ROUTE, *METHODS, *DB_SYSTEMS, DESTINATION, GROUP, MESSAGING_SYSTEM)
"""Attributes that a table must hold for the functions of this module."""


class Work(StrEnum):
    """Kinds of calls to other processes."""

    DB = "db"
    REDIS = "redis"
    HTTP = "http"


def work(table: SpanTable) -> dict[Work, Mask]:
    """Return the masks of the spans that call a database, call Redis, or call over HTTP.

    A database call has `db.system.name`, whose value separates Redis and Valkey from other databases. A send to a
    queue in Redis counts as Redis too. An HTTP call is a client's span with a request method.
    """
    systems = _first(table, DB_SYSTEMS)
    # Compared with `in`, because a value may be something other than text.
    in_redis = np.array([value in ("redis", "valkey") for value in table.values] + [False])
    called = ~table.is_kind(SpanKind.SERVER, SpanKind.CONSUMER)
    sends = table.is_kind(SpanKind.PRODUCER) & in_redis[table.codes(MESSAGING_SYSTEM)]
    is_db = called & (systems != NOWHERE)
    return {
        Work.DB: is_db & ~in_redis[systems],
        Work.REDIS: (is_db & in_redis[systems]) | sends,
        Work.HTTP: table.is_kind(SpanKind.CLIENT) & ~is_db & (_first(table, METHODS) != NOWHERE),
    }


def is_endpoint(table: SpanTable) -> Mask:
    """Return the mask of the spans that begin a service's work: servers, consumers, internal or unspecified roots."""
    own_work = table.is_kind(SpanKind.INTERNAL, SpanKind.UNSPECIFIED) & table.is_root
    return table.is_kind(SpanKind.SERVER, SpanKind.CONSUMER) | own_work


def endpoint_names(table: SpanTable, rows: Rows) -> tuple[Rows, list[str]]:
    """Return the endpoints' names: method and route of a server's span if it has both, else the span's name.

    Args:
        table: the spans.
        rows: rows to name.

    Returns:
        An index for each row, and the names that it points to.
    """
    route = np.where(table.is_kind(SpanKind.SERVER), table.codes(ROUTE), NOWHERE)[rows]
    method = _first(table, METHODS)[rows]
    spelled = np.where((route != NOWHERE) & (method != NOWHERE), 1, 0)
    keys = np.stack([spelled, np.where(spelled, method, 0), np.where(spelled, route, table.name[rows])])
    unique, index = np.unique(keys, axis=1, return_inverse=True)
    names = [
        f"{table.values[first]} {table.values[second]}" if has_route else table.texts[second]
        for has_route, first, second in unique.T.tolist()
    ]
    by_name = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([by_name[name] for name in names], np.int64)[index.reshape(-1)], list(by_name)


def _first(table: SpanTable, keys: tuple[str, ...]) -> Codes:
    """Return each span's value of the first of these attributes that it has."""
    codes = table.codes(keys[0])
    for key in keys[1:]:
        codes = np.where(codes == NOWHERE, table.codes(key), codes).astype(np.int32)
    return codes
