"""Listeners of the database, for both engines."""

from __future__ import annotations

from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

CQL_PORT = Port("cql", 9042, "the database, for `kit schema` and cqlsh", 50)


def cql(engine: str) -> Listener:
    """Return the listener for clients of a database."""
    return Listener(engine, "cql", 9042, CQL_PORT.key)


def internode(engine: str) -> Listener:
    """Return the listener for other nodes of a database."""
    return Listener(engine, "internode", 7000, native=6)
