"""CLIENT spans and durations of SQL statements, and spans and metrics of the connection pool.

The stock SQLAlchemy instrumentation puts the database (for SQLite: a path) into the operation's
name. It adds a `connect` span to every checkout, even without a wait. Here a statement is named
`INSERT coupons`, and a checkout has a span only if it waits. A statement can belong to several
traces: see `sharing`.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.exc import TimeoutError as NoConnectionError

from stream_tracing import error_type

from . import pools
from .operations import COLLECTION, OPERATION, SYSTEM, duration
from .sharing import context_of, end_spans, start_spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue
    from sqlalchemy import URL, Connection, ExceptionContext, PoolProxiedConnection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_SUMMARY = re.compile(
    r"\s*(?:(?P<verb>INSERT|UPDATE|DELETE)\b(?:\s+INTO|\s+FROM)?|(?P<read>SELECT)\b.*?\bFROM)\s+\"?(?P<table>\w+)",
    re.IGNORECASE | re.DOTALL,
)
# Attributes of a metric; the other attributes of a span have too many values.
_MEASURED = SYSTEM, OPERATION, COLLECTION
_MORE_ROWS = re.compile(r"(VALUES \([^()]*\))(?:, \([^()]*\))+")


class TracedQueuePool(AsyncAdaptedQueuePool):
    """SQLAlchemy's async pool, with metrics, and a span `pool checkout` for each checkout that has to wait.

    Use it as `poolclass` of `create_async_engine`. A checkout that finds a connection, or may open
    one, has no span.
    """

    def __init__(self, creator: Any, pool_size: int = 5, max_overflow: int = 10, **options: Any) -> None:
        super().__init__(creator, pool_size=pool_size, max_overflow=max_overflow, **options)
        self.limit = pool_size + max_overflow
        self.waiting = 0
        self._tracer = trace.get_tracer(__name__)
        self._measured = {pools.POOL: self.metrics_name}
        pools.watch(self)

    @property
    def metrics_name(self) -> str:
        """Name of the database, or `default`."""
        return self.logging_name or "default"

    def connections(self) -> tuple[int, int]:
        """Return the number of idle connections and of used ones."""
        return self.checkedin(), self.checkedout()

    def connect(self) -> PoolProxiedConnection:
        """Check out a connection."""
        began = time.perf_counter()
        try:
            connection = super().connect() if self.checkedout() < self.limit else self._wait()
        except NoConnectionError:
            pools.timeouts.add(1, self._measured)
            raise
        pools.wait_time.record(time.perf_counter() - began, self._measured, context_of(()))
        return connection

    def _wait(self) -> PoolProxiedConnection:
        spans = start_spans(
            self._tracer,
            "pool checkout",
            SpanKind.INTERNAL,
            {pools.POOL: self.metrics_name},
        )
        self.waiting += 1
        try:
            connection = super().connect()
        except BaseException as error:
            end_spans(spans, error)
            raise
        finally:
            self.waiting -= 1
        end_spans(spans)
        return connection


def trace_statements(engine: AsyncEngine) -> None:
    """Add a CLIENT span for each statement of this engine that runs inside a trace, and measure every statement."""
    tracer = trace.get_tracer(__name__)
    target = _target(engine.url)

    @lru_cache(maxsize=512)
    def described(statement: str) -> tuple[str, dict[str, AttributeValue]]:
        name, attributes = describe(statement)
        return name, {**target, **attributes}

    def begin(
        _connection: Connection, _cursor: Any, statement: str, parameters: Any, execution: Any, many: bool
    ) -> None:
        name, attributes = described(statement)
        spans = start_spans(tracer, name, SpanKind.CLIENT, attributes)
        shared = len(spans) > 1
        # One INSERT of many rows is also `many`, but has all its values in one parameter set.
        rows = len(spans) if shared else len(parameters) if many and isinstance(parameters, list) else 1
        for span in spans if rows > 1 else ():
            span.set_attribute("db.operation.batch.size", rows)
        execution.telemetry_spans = spans
        execution.telemetry_measured = _Measured(attributes)

    def finish(
        _connection: Connection, _cursor: Any, _statement: str, _parameters: Any, execution: Any, _many: bool
    ) -> None:
        execution.telemetry_measured.end(execution.telemetry_spans)
        end_spans(execution.telemetry_spans)
        execution.telemetry_spans, execution.telemetry_measured = (), None

    def fail(failure: ExceptionContext) -> None:
        # SQLAlchemy wraps asyncpg's errors in its own, which are less precise.
        error = failure.original_exception.__cause__ or failure.original_exception
        spans = getattr(failure.execution_context, "telemetry_spans", ())
        if measured := getattr(failure.execution_context, "telemetry_measured", None):
            measured.end(spans, error)
        end_spans(spans, error)

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", finish)
    event.listen(engine.sync_engine, "handle_error", fail)


async def commit(connection: AsyncConnection) -> None:
    """Commit, with a span `COMMIT`: on most databases the wait for the disk happens here."""
    attributes = {**_target(connection.engine.url), "db.operation.name": "COMMIT"}
    spans = start_spans(trace.get_tracer(__name__), "COMMIT", SpanKind.CLIENT, attributes)
    measured = _Measured(attributes)
    for span in spans if len(spans) > 1 else ():
        span.set_attribute("db.operation.batch.size", len(spans))
    try:
        await connection.commit()
    except BaseException as error:
        measured.end(spans, error)
        end_spans(spans, error)
        raise
    measured.end(spans)
    end_spans(spans)


class _Measured:
    """A statement that is being measured. A statement for several traces is measured once."""

    __slots__ = ("_attributes", "_began")

    def __init__(self, attributes: Mapping[str, AttributeValue]) -> None:
        self._attributes = attributes
        self._began = time.perf_counter()

    def end(self, spans: Sequence[Span], error: BaseException | None = None) -> None:
        seconds = time.perf_counter() - self._began
        measured = {key: self._attributes[key] for key in _MEASURED if key in self._attributes}
        if error is not None:
            measured["error.type"] = error_type(error)
        duration.record(seconds, measured, context_of(spans))


def describe(statement: str) -> tuple[str, dict[str, AttributeValue]]:
    """Return name and attributes of a parametrised statement: `INSERT coupons`, its text with one row of values."""
    attributes: dict[str, AttributeValue] = {"db.query.text": _MORE_ROWS.sub(r"\1, ...", statement)}
    found = _SUMMARY.match(statement)
    if not found:
        operation = statement.split(maxsplit=1)[0].upper() if statement.strip() else "QUERY"
        attributes["db.operation.name"] = operation
        return operation, attributes
    operation = (found["verb"] or found["read"]).upper()
    name = f"{operation} {found['table']}"
    attributes |= {
        "db.operation.name": operation,
        "db.collection.name": found["table"],
        "db.query.summary": name,
    }
    return name, attributes


def _target(url: URL) -> dict[str, AttributeValue]:
    target: dict[str, AttributeValue] = {"db.system.name": url.get_backend_name()}
    if url.database:
        # A full path exposes where the file is installed, and would split a service's statistics by machine.
        target["db.namespace"] = PurePath(url.database).name
    if url.host:
        target["server.address"] = url.host
    if url.port:
        target["server.port"] = url.port
    return target
