"""Access to the tables of Jaeger that the graph needs: trace ids by time, traces by id, `dependencies_v2`."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from kit.errors import MachineError
from kit.operate.dependencies.edges import Edge, Ref, StoredSpan
from kit.operate.dependencies.windows import Window, microseconds

# Jaeger spreads the index of a service over 10 partitions (`defaultNumBuckets` in its span writer).
_BUCKETS = range(10)
# Concurrent requests: enough to hide the network latency, few enough not to slow down writes.
_AT_ONCE = 32
# Spans per trace that are kept in memory; a longer trace is still read to its end.
LONGEST_TRACE = 50_000
_SOURCE = "jaeger"  # Jaeger's own value for links computed from its traces


class Dependency(NamedTuple):
    """A value of the CQL type `dependency`."""

    parent: str
    child: str
    call_count: int
    source: str


class StoredTrace(NamedTuple):
    """A stored trace.

    Attributes:
        start: Start of its earliest span, in microseconds since 1970.
        cut: Whether it has more spans than `spans` holds.
    """

    trace_id: bytes
    start: int
    spans: Sequence[StoredSpan]
    cut: bool


class Tables:
    """The tables of one keyspace.

    Every method raises `MachineError` when the database does not answer.
    """

    def __init__(self, session: Any, keyspace: str) -> None:
        """Prepare the statements.

        Raises:
            MachineError: a table is missing.
        """
        self._session = session
        with _explained(f"the keyspace {keyspace}"):
            session.set_keyspace(keyspace)
            prepare = session.prepare
            self._names = prepare("SELECT service_name FROM service_names")
            self._index = prepare(
                "SELECT trace_id FROM service_name_index "
                "WHERE service_name = ? AND bucket = ? AND start_time >= ? AND start_time < ?"
            )
            # Without the attributes, which are nine tenths of a row.
            self._trace = prepare(
                "SELECT trace_id, span_id, span_hash, parent_id, start_time, refs, "
                "process.service_name AS service FROM traces WHERE trace_id = ?"
            )
            self._tags = prepare(
                "SELECT tags FROM traces WHERE trace_id = ? AND span_id = ? AND span_hash = ?"
            )
            self._service = prepare(
                "SELECT process.service_name AS service FROM traces WHERE trace_id = ? AND span_id = ? LIMIT 1"
            )
            self._row = prepare("SELECT dependencies FROM dependencies_v2 WHERE ts_bucket = ? AND ts = ?")
            self._newest = prepare("SELECT ts FROM dependencies_v2 WHERE ts_bucket = ? LIMIT 1")
            self._insert = prepare(
                "INSERT INTO dependencies_v2 (ts_bucket, ts, dependencies) VALUES (?, ?, ?)"
            )

    def services(self) -> list[str]:
        """Return the names of all services with stored spans, sorted."""
        with _explained("service_names"):
            return sorted(row.service_name for row in self._session.execute(self._names))

    def trace_ids(self, services: Sequence[str], window: Window) -> Iterator[bytes]:
        """Yield the trace id of each span that starts in a window; ids repeat."""
        wanted = [(service, bucket, window.start, window.end) for service in services for bucket in _BUCKETS]
        for rows in self._all("service_name_index", self._index, wanted):
            for row in rows:
                yield row.trace_id

    def traces(self, ids: Sequence[bytes]) -> Iterator[StoredTrace]:
        """Yield the traces with these ids; ids that are not stored are skipped."""
        for rows in self._all("traces", self._trace, [(trace_id,) for trace_id in ids]):
            found = _stored(rows)
            if found is not None:
                yield found

    def consumers(self, spans: Sequence[tuple[bytes, StoredSpan]]) -> set[Ref]:
        """Return those of the given spans that are consumers; each span comes with its trace id."""
        wanted = [(trace_id, span.span_id, span.span_hash) for trace_id, span in spans]
        found = self._all("traces", self._tags, wanted)
        return {
            Ref(trace_id, span.span_id)
            for (trace_id, span), rows in zip(spans, found, strict=True)
            if any(_is_consumer(row.tags or ()) for row in rows)
        }

    def senders(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """Return the service of each span that is stored."""
        wanted = sorted(set(refs))
        found = self._all("traces", self._service, wanted)
        return {
            ref: row.service for ref, rows in zip(wanted, found, strict=True) for row in rows if row.service
        }

    def written(self, window: Window) -> Counter[Edge] | None:
        """Return the stored calls of a window; None if it has no row."""
        with _explained("dependencies_v2"):
            row = self._session.execute(self._row, (window.bucket, window.moment)).one()
        if row is None:
            return None
        return Counter({Edge(it.parent, it.child): it.call_count for it in row.dependencies or ()})

    def write(self, window: Window, counted: Mapping[Edge, int]) -> None:
        """Write the calls of a window, replacing its row."""
        values = [Dependency(*edge, count, _SOURCE) for edge, count in sorted(counted.items())]
        with _explained("dependencies_v2"):
            self._session.execute(self._insert, (window.bucket, window.moment, values))

    def newest(self, window: Window) -> int | None:
        """Return the start of the newest written window, in microseconds since 1970.

        Only the day of `window` and the day before are searched; None if neither has a row.
        """
        for day in (window.bucket, window.bucket - timedelta(days=1)):
            with _explained("dependencies_v2"):
                row = self._session.execute(self._newest, (day,)).one()
            if row is not None:
                return microseconds(row.ts)
        return None

    def _all(self, table: str, statement: Any, wanted: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield the rows of one statement for each key, in the order of the keys; requests run concurrently."""
        from cassandra.concurrent import execute_concurrent_with_args

        with _explained(table):
            results = execute_concurrent_with_args(
                self._session, statement, wanted, concurrency=_AT_ONCE, results_generator=True
            )
            for _, rows in results:
                yield rows


def _stored(rows: Iterable[Any]) -> StoredTrace | None:
    trace_id, more = b"", 0
    spans: list[StoredSpan] = []
    start: int | None = None
    for row in rows:
        trace_id = row.trace_id
        start = row.start_time if start is None else min(start, row.start_time)
        if len(spans) < LONGEST_TRACE:
            spans.append(_span(row))
        else:
            more += 1
    return None if start is None else StoredTrace(trace_id, start, spans, more > 0)


def _span(row: Any) -> StoredSpan:
    refs = [(ref.ref_type, Ref(ref.trace_id, ref.span_id)) for ref in row.refs or ()]
    parent_id = row.parent_id or _parent(row.trace_id, refs)
    parent = Ref(row.trace_id, parent_id)
    links = tuple(ref for _, ref in refs if ref != parent)
    return StoredSpan(row.span_id, row.span_hash, row.service or "", row.start_time, parent_id, links)


def _parent(trace_id: bytes, refs: Sequence[tuple[str, Ref]]) -> int:
    # Jaeger 2.13 leaves `parent_id` empty and reads it from here, in this order.
    for wanted in ("child-of", "follows-from"):
        for kind, ref in refs:
            if kind == wanted and ref.trace_id == trace_id:
                return ref.span_id
    return 0


def _is_consumer(tags: Iterable[Any]) -> bool:
    return any(tag.key == "span.kind" and tag.value_string == "consumer" for tag in tags)


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    from cassandra import DriverException, RequestExecutionException
    from cassandra.cluster import NoHostAvailable

    try:
        yield
    except (DriverException, RequestExecutionException, NoHostAvailable) as error:
        raise MachineError(
            f"the database does not answer for {what}: {error}",
            hint="check the database and its schema: kit doctor",
        ) from None
