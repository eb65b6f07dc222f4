"""Traces from a running Jaeger, through its query API over HTTP (`/api/v3`, or v1 if v3 lacks a feature)."""

from __future__ import annotations

import dataclasses
import time
from functools import cached_property
from typing import TYPE_CHECKING, Self

from analysis.coverage import ReadCounts
from analysis.errors import NotJaegerError, TraceNotFoundError
from analysis.model import SpanKind, Trace, newest_first, traces_of
from analysis.search import WRITTEN_BY_JAEGER, Operation, Query, SearchResult, matching, require_service
from analysis.sources import documents
from analysis.sources.jaeger_dialects import (
    PROBE,
    Dialect,
    dialect_of_answer,
    search_parameters,
    v1_search_parameters,
)
from analysis.sources.jaeger_http import Answer, JaegerHttp
from analysis.sources.left_out import LeftOut, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import httpx

_HOUR_NS = 3_600 * 1_000_000_000

INDEX_ROWS_PER_TRACE = 3
"""The index scan of CQL storages stops after this number of the service's spans per requested trace."""

_NOT_FROM_JAEGER_ITSELF = {502, 503, 504}

_FILTERED_DEPTH = 5
_MAX_FILTERED_DEPTH = 1_000


class JaegerClient:
    """A source of traces: one Jaeger. Its version is detected at the first search and cached.

    Attributes:
        left_out: Counts of data in its answers that could not be read.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 30.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Prepare a client; nothing is sent.

        Args:
            url: `http://host:port`, with Jaeger's base path if it has one (`http://host:16686/jaeger`).
            timeout_s: timeout of one request in seconds.
            transport: replacement for the network, for tests.

        Raises:
            QuestionError: the URL is not an http(s) URL.
        """
        self._http = JaegerHttp(url, timeout_s=timeout_s, transport=transport)
        self.left_out = LeftOut()
        self._read: dict[str, tuple[int, int]] = {}
        self._indexed: dict[tuple[str, str, str], bool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    @property
    def where(self) -> str:
        """Name of the Jaeger in messages."""
        return f"the Jaeger at {self._http.url}"

    @cached_property
    def dialect(self) -> Dialect:
        """The parameter names of this Jaeger's search.

        Raises:
            JaegerError: the request fails.
        """
        answer = self._http.get("/api/v3/traces", PROBE)
        if answer.status in _NOT_FROM_JAEGER_ITSELF:
            answer.require_success()
        return dialect_of_answer(answer.status, answer.reason)

    def counts(self) -> ReadCounts:
        """Return the number of spans and traces read so far, counting each trace once."""
        counts = self._read.values()
        return ReadCounts(sum(spans for spans, _ in counts), len(counts), sum(open_ for _, open_ in counts))

    def services(self) -> list[str]:
        """Return the names of all services, sorted.

        Raises:
            JaegerError: the request fails, or Jaeger answers with an error.
        """
        return sorted(str(name) for name in self._list("/api/v3/services", {}, "services"))

    def operations(self, service: str) -> list[Operation]:
        """Return the span names of a service with their kinds, sorted; none for an unknown service.

        Raises:
            JaegerError: the request fails, or Jaeger answers with an error.
        """
        found = self._list("/api/v3/operations", {"service": service}, "operations")
        kinds = {kind.value: kind for kind in SpanKind}
        operations = {
            Operation(str(item["name"]), kinds.get(item.get("spanKind", ""), SpanKind.UNSPECIFIED))
            for item in found
            if isinstance(item, dict) and "name" in item
        }
        return sorted(operations, key=lambda it: (it.name, it.kind))

    def search(self, query: Query) -> SearchResult:
        """Return the newest matching traces that Jaeger's index finds.

        Without a service, all services are searched in turn. Without a time range, the last hour is searched. A result
        may be incomplete (see `SearchResult.incomplete`): if more traces match than were requested, Jaeger returns some
        of them, not the newest.

        Raises:
            JaegerError: the request fails, or Jaeger answers with an error.
            UnknownServiceError: nothing was found, and the service is unknown to Jaeger.
        """
        query = _with_time_range(query)
        found: dict[str, Trace] = {}
        incomplete = []
        for service in [query.service] if query.service is not None else self.services():
            traces, stopped_early = self._search_service(dataclasses.replace(query, service=service), service)
            if stopped_early:
                incomplete.append(service)
            found.update((trace.trace_id, trace) for trace in traces)
        if query.service is not None and not found:
            require_service(query.service, self.services(), self.where)
        newest = newest_first(found.values())
        return SearchResult(newest[: query.limit], len(newest), tuple(incomplete))

    def trace(self, trace_id: str) -> Trace:
        """Return the trace with an id of 16 or 32 hexadecimal digits.

        Raises:
            TraceNotFoundError: Jaeger has no such trace, or the id is invalid.
            JaegerError: the request fails, or Jaeger answers with an error.
        """
        wanted = trace_id.lower()
        if len(wanted) not in {16, 32} or set(wanted) - set("0123456789abcdef"):
            raise TraceNotFoundError(
                trace_id,
                self.where,
                hint="Jaeger needs the whole id, 32 hexadecimal digits: `kit traces search` lists ids",
            )
        answer = self._http.get(f"/api/v3/traces/{wanted}")
        traces = self._traces(answer)
        for trace in traces:
            if trace.trace_id == wanted.rjust(32, "0"):
                return trace
        raise TraceNotFoundError(
            trace_id,
            self.where,
            hint="a new trace can take some seconds to arrive; an old one may have expired",
        )

    def _search_service(self, query: Query, service: str) -> tuple[list[Trace], bool]:
        """Return the matching traces of one service, and whether the search may have stopped early.

        Jaeger gets only one condition, and the others are checked here. CQL storages limit the result of each condition
        before they intersect them, so that traces that meet all conditions can be lost silently.
        """
        attribute = _to_ask_for(query.attributes)
        if attribute is not None:
            asked = dataclasses.replace(query, operation=None, attributes=dict([attribute]))
            traces, stopped = self._asked(asked, query, service)
            found = matching(traces, query)
            if matching(traces, Query(service, attributes=dict([attribute]))):
                self._indexed[(service, *attribute)] = True
            if found or query.by_index_alone or self._is_indexed(attribute, query, service):
                return found, stopped
        traces, stopped = self._asked(dataclasses.replace(query, attributes={}), query, service)
        return matching(traces, query), stopped

    def _asked(self, asked: Query, query: Query, service: str) -> tuple[list[Trace], bool]:
        depth = _depth(query, asked)
        traces = self._ask(asked, service, depth)
        return traces, _stopped_early(traces, service, depth)

    def _is_indexed(self, attribute: tuple[str, str], query: Query, service: str) -> bool:
        """Whether Jaeger finds any trace by an attribute, including traces before the window.

        If not, the attribute may not be indexed, and an empty result proves nothing.
        """
        known = (service, *attribute)
        if attribute[0] in WRITTEN_BY_JAEGER:
            return False
        if not self._indexed.get(known):
            before = dataclasses.replace(
                query,
                operation=None,
                attributes=dict([attribute]),
                start_ns=max(0, (query.start_ns or 0) - 24 * _HOUR_NS),
            )
            found = matching(self._ask(before, service, 1), Query(service, attributes=dict([attribute])))
            self._indexed[known] = bool(found)
        return self._indexed[known]

    def _ask(self, query: Query, service: str, depth: int) -> list[Trace]:
        if query.attributes and self.dialect.attributes is None:
            answer = self._http.get("/api/traces", v1_search_parameters(query, service=service, depth=depth))
        else:
            parameters = search_parameters(
                self.dialect, query, service=service, depth=depth, with_durations=not query.attributes
            )
            answer = self._http.get("/api/v3/traces", parameters)
        return self._traces(answer)

    def _traces(self, answer: Answer) -> list[Trace]:
        if _says_none_found(answer):
            return []
        answer.require_success()
        own = LeftOut("Jaeger's answer")
        traces = traces_of(span for value in answer.values for span in documents.spans_of(value, own))
        if not traces and own.count(Unit.PART):
            raise NotJaegerError(answer.url, f"not an answer of Jaeger's API: {own.reasons[0].text}")
        self.left_out.add(own)
        self._read.update((trace.trace_id, (len(trace.spans), trace.unfinished)) for trace in traces)
        return traces

    def _list(self, path: str, parameters: dict[str, str], key: str) -> list[object]:
        answer = self._http.get(path, parameters)
        answer.require_success()
        value = answer.values[0] if len(answer.values) == 1 else None
        items = value.get(key, []) if isinstance(value, dict) and (not value or key in value) else None
        if not isinstance(items, list):
            raise NotJaegerError(
                answer.url, f"not an answer of Jaeger's API: an object with the list {key!r} is missing"
            )
        return items


def _says_none_found(answer: Answer) -> bool:
    """Whether this is Jaeger's 404 for an empty result; only its text distinguishes it from any other 404."""
    return answer.status == 404 and "found" in answer.reason.lower()


def _with_time_range(query: Query) -> Query:
    end_ns = query.end_ns if query.end_ns is not None else time.time_ns()
    start_ns = query.start_ns if query.start_ns is not None else end_ns - _HOUR_NS
    return dataclasses.replace(query, start_ns=start_ns, end_ns=end_ns)


_LONGEST_INDEXED = 256
"""CQL storages do not index tags with a key or value of this size in bytes (`maximumTagKeyOrValueSize`) or larger, nor
JSON objects."""


def _to_ask_for(attributes: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the attribute to search in Jaeger; None if its index cannot hold any of them.

    Keys of `WRITTEN_BY_JAEGER`, such as `error` and `span.kind`, come last. They exist only in storages where Jaeger
    writes them as tags (Cassandra, ScyllaDB, Badger). Its memory storage has no such tags, and for `error` it compares
    the text `true` as false.
    """
    indexed = [
        (key, text)
        for key, text in attributes.items()
        if max(len(key.encode()), len(text.encode())) < _LONGEST_INDEXED and not text.startswith("{")
    ]
    return min(indexed, key=lambda it: it[0] in WRITTEN_BY_JAEGER, default=None)


def _depth(query: Query, asked: Query) -> int:
    """Return the number of traces to request; more than the limit if some are filtered out here."""
    has_durations = query.min_duration_ns is not None or query.max_duration_ns is not None
    is_less = (asked.attributes, asked.operation) != (query.attributes, query.operation)
    if is_less or (asked.attributes and has_durations):
        return max(query.limit, min(query.limit * _FILTERED_DEPTH, _MAX_FILTERED_DEPTH))
    return query.limit


def _stopped_early(traces: list[Trace], service: str, depth: int) -> bool:
    spans = sum(trace.services.get(service, 0) for trace in traces)
    return len(traces) >= depth or spans >= INDEX_ROWS_PER_TRACE * depth
