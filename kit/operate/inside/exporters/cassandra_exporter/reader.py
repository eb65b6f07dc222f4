"""Read the virtual tables of each node, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException
from prometheus_client.core import Metric

from kit.operate.inside.exporters.cassandra_exporter.connection import Connection
from kit.operate.inside.exporters.cassandra_exporter.families import QUERIES, RELEASE, Families
from kit.operate.schema.cluster import first_reason
from kit.terminal import say

# The first half of the time is for a session, if there is none.
_SHARE = 0.5
_FAILURES = (DriverException, NoHostAvailable, ConnectionException, OSError)


class CassandraReader:
    """Reads all nodes of the nearest datacenter: a virtual table shows only the node that is asked."""

    def __init__(self, connection: Connection, keyspace: str) -> None:
        """Prepare the reads.

        Args:
            connection: the connection to the cluster.
            keyspace: the keyspace whose tables are shown; those of others may be many.
        """
        self._connection, self._keyspace = connection, keyspace
        self._reported: set[str] = set()

    def read(self, seconds: float) -> Iterator[Metric]:
        """Return the metrics of each node; only `cassandra_up 0` of one that does not answer in time.

        Args:
            seconds: the time that this may take.
        """
        families = Families()
        session = self._connection.session(seconds * _SHARE)
        if session is None:
            for point in self._connection.contact_points:
                families.add("cassandra_up", (point,), 0)
            return families.metrics()
        nodes = self._connection.nodes()
        # All queries of all nodes are sent before the first answer is awaited.
        asked = [self._ask(session, node, seconds * _SHARE) for node in nodes]
        problems = []
        for node, answers in zip(nodes, asked, strict=True):
            found, failed = _rows(answers)
            if RELEASE in found:
                families.add_node(str(node.endpoint), found)
                self._report(failed)
            else:
                families.add("cassandra_up", (str(node.endpoint),), 0)
                problems.append(first_reason(failed[RELEASE]) or type(failed[RELEASE]).__name__)
        if len(problems) == len(nodes):
            self._connection.lost(problems[0] if problems else "no node is known")
        return families.metrics()

    def _ask(self, session: Any, node: Any, seconds: float) -> dict[str, Any]:
        return {
            name: session.execute_async(
                query, (self._keyspace,) if "%s" in query else None, timeout=seconds, host=node
            )
            for name, query in QUERIES.items()
        }

    def _report(self, failed: Mapping[str, Exception]) -> None:
        """Log the virtual tables that the role may not read, or that this release does not have, once."""
        new = [name for name in failed if name not in self._reported]
        if new:
            tables = ", ".join(QUERIES[name].partition("FROM ")[2].partition(" ")[0] for name in new)
            say(f"can't read {tables}; for the first one: {first_reason(failed[new[0]])}")
        self._reported |= failed.keys()


def _rows(answers: Mapping[str, Any]) -> tuple[dict[str, Sequence[Any]], dict[str, Exception]]:
    """Wait for the answers of a node; return the rows, and the failures, by name of the query."""
    found: dict[str, Sequence[Any]] = {}
    failed: dict[str, Exception] = {}
    for name, future in answers.items():
        try:
            found[name] = list(future.result())
        except _FAILURES as error:
            failed[name] = error
    return found, failed
