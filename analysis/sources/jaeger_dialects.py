"""The differences between Jaeger versions in the query API over HTTP, and how to detect the version.

`/api/v3/traces` changed twice. 2.13 accepts only snake_case parameters and ignores attributes. Later versions accept
camelCase, at first without attributes, then with them (for example 2.20). If v3 cannot search by attribute, v1 can: the
v1 search was removed only after v3 could do it.
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
    """Names of the search parameters in a version; None if the version has no such parameter.

    Attributes:
        name: Name of the dialect in messages.
        attributes: Parameter for a JSON object of attribute values, all of them strings.
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
"""A cheap search whose answer differs between the versions; see `dialect_of_answer`."""


def dialect_of_answer(status: int, reason: str) -> Dialect:
    """Detect the dialect from the answer to the probe.

    2.13 reports that its own time parameters are missing. A version with attributes rejects the one that is not JSON. A
    version without attributes runs the (empty) search, with any result.

    Args:
        status: the HTTP status of the answer.
        reason: the message in the answer; may be empty.
    """
    if status == 400 and "query.start_time_min" in reason:
        return SNAKE_CASE
    if status == 400 and "query.attributes" in reason:
        return CAMEL_CASE
    return CAMEL_CASE_WITHOUT_ATTRIBUTES


def search_parameters(
    dialect: Dialect, query: Query, *, service: str, depth: int, with_durations: bool
) -> dict[str, str]:
    """Return the parameters of one search in `/api/v3/traces`.

    Args:
        dialect: the parameter names.
        query: the search; its time range must be set, because Jaeger requires one.
        service: the service to search; Jaeger requires exactly one.
        depth: number of traces to request.
        with_durations: whether Jaeger should filter by duration too.
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
    """Return the parameters of a search by attribute in `/api/traces`, the v1 API, with times in microseconds."""
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
