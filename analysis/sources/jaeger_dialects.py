"""How versions of Jaeger differ in their query API over HTTP, as one table, and how to tell which one answers.

`/api/v3/traces` changed twice: 2.13 knows only parameters in snake_case and passes over attributes; later versions
take camelCase, first still without attributes, then (2.20 among them) with them. Where v3 has no search by
attribute, the v1 search has it; v1 search was removed only after v3 had gained it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.moments import rfc3339

if TYPE_CHECKING:
    from analysis.search import Query


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version's spelling of a search; None where the version cannot do it.

    Attributes:
        name: how a message names it.
        attributes: the parameter that takes a JSON object of attribute values, all of them strings.
    """

    name: str
    service: str
    operation: str
    start_min: str
    start_max: str
    duration_min: str
    duration_max: str
    limit: str
    attributes: str | None


SNAKE_CASE = Dialect(
    name="api/v3 in snake_case (Jaeger 2.13)",
    service="query.service_name",
    operation="query.operation_name",
    start_min="query.start_time_min",
    start_max="query.start_time_max",
    duration_min="query.duration_min",
    duration_max="query.duration_max",
    limit="query.num_traces",
    attributes=None,
)

CAMEL_CASE_WITHOUT_ATTRIBUTES = Dialect(
    name="api/v3 in camelCase, without attributes",
    service="query.serviceName",
    operation="query.operationName",
    start_min="query.startTimeMin",
    start_max="query.startTimeMax",
    duration_min="query.durationMin",
    duration_max="query.durationMax",
    limit="query.searchDepth",
    attributes=None,
)

CAMEL_CASE = Dialect(
    name="api/v3 in camelCase (Jaeger 2.20)",
    service="query.serviceName",
    operation="query.operationName",
    start_min="query.startTimeMin",
    start_max="query.startTimeMax",
    duration_min="query.durationMin",
    duration_max="query.durationMax",
    limit="query.searchDepth",
    attributes="query.attributes",
)

PROBE = {
    "query.attributes": "?",
    "query.startTimeMin": "2000-01-01T00:00:00Z",
    "query.startTimeMax": "2000-01-01T00:00:01Z",
    "query.searchDepth": "1",
}
"""A search that every version answers without work, and each in its own way: see `dialect_of_answer`."""


def dialect_of_answer(status: int, reason: str) -> Dialect:
    """Tell the dialect by the answer to the probe.

    2.13 misses its own time parameters; a version that reads attributes refuses the one that is not JSON; one that
    does not read them runs the (empty) search, whatever comes of it.

    Args:
        status: the HTTP status of the answer.
        reason: the message in the answer, empty where there is none.
    """
    if status == 400 and "query.start_time_min" in reason:
        return SNAKE_CASE
    if status == 400 and "query.attributes" in reason:
        return CAMEL_CASE
    return CAMEL_CASE_WITHOUT_ATTRIBUTES


def search_parameters(
    dialect: Dialect, query: Query, *, service: str, depth: int, with_durations: bool
) -> dict[str, str]:
    """The parameters of one search in `/api/v3/traces`.

    Args:
        dialect: the spelling.
        query: what is searched; its time range must be set, Jaeger demands one.
        service: the one service to search; Jaeger demands one.
        depth: how many traces to ask for.
        with_durations: whether Jaeger, too, should look at durations.
    """
    parameters = {
        dialect.service: service,
        dialect.start_min: rfc3339(query.start_ns or 0),
        dialect.start_max: rfc3339(query.end_ns or 0),
        dialect.limit: str(depth),
    }
    if query.operation is not None:
        parameters[dialect.operation] = query.operation
    if with_durations and query.min_duration_ns is not None:
        parameters[dialect.duration_min] = f"{query.min_duration_ns}ns"
    if with_durations and query.max_duration_ns is not None:
        parameters[dialect.duration_max] = f"{query.max_duration_ns}ns"
    if query.attributes and dialect.attributes is not None:
        parameters[dialect.attributes] = json.dumps(dict(query.attributes))
    return parameters


def v1_search_parameters(query: Query, *, service: str, depth: int) -> dict[str, str]:
    """The parameters of a search by attribute in `/api/traces`, the v1 API. Its times are microseconds."""
    parameters = {
        "service": service,
        "start": str((query.start_ns or 0) // 1_000),
        "end": str((query.end_ns or 0) // 1_000 + 1),
        "limit": str(depth),
        "tags": json.dumps(dict(query.attributes)),
    }
    if query.operation is not None:
        parameters["operation"] = query.operation
    return parameters
