"""Where a database listens, whichever it is."""

from __future__ import annotations

from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

CQL_PORT = Port("cql", 9042, "the database, for `kit schema` and cqlsh", 50)


def cql(engine: str) -> Listener:
    """The port for clients of a database."""
    return Listener(engine, "cql", 9042, CQL_PORT.key)


def internode(engine: str) -> Listener:
    """The port for other nodes of a database."""
    return Listener(engine, "internode", 7000, native=6)
