"""A database that dies while the schema is made: the step waits for it and begins again, as at its start."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from cassandra import InvalidRequest, OperationTimedOut
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionShutdown

from kit.errors import MachineError
from kit.operate.schema.cluster import Cluster

MODULE = import_module("kit.operate.schema.apply")
SCRIPT = "CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'SimpleStrategy'};"
AWAY = [
    NoHostAvailable("all tried", {"10.0.0.1": "refused"}), OperationTimedOut("slow"), ConnectionShutdown("gone"),
]  # fmt: skip


class Told:
    """A future whose statement ended with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def result(self) -> None:
        raise self.error


class Session:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def execute_async(self, _: str) -> Told:
        return Told(self.error)


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_it_is_waited_for(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    tries: list[Any] = []

    def once_more(*_: Any) -> str:
        tries.append(error)
        if len(tries) < 3:
            MODULE._run(Session(error), "CREATE TABLE k.t")
        return "made"

    monkeypatch.setattr(MODULE, "_apply", once_more)
    monkeypatch.setattr(MODULE, "_RETRY_SECONDS", 0.01)
    assert MODULE.apply(SCRIPT, Cluster(["10.0.0.1:9042"], "dc", 60)) == "made"
    assert len(tries) == 3


def test_not_for_longer_than_it_was_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AWAY[0]

    monkeypatch.setattr(MODULE, "_apply", never)
    with pytest.raises(MachineError, match="the connection to the database was lost: refused"):
        MODULE.apply(SCRIPT, Cluster(["10.0.0.1:9042"], "dc", 0))


def test_what_it_refuses_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def refused(*_: Any) -> None:
        tries.append(1)
        MODULE._run(Session(InvalidRequest("no such type")), "CREATE TABLE k.t")

    monkeypatch.setattr(MODULE, "_apply", refused)
    monkeypatch.setattr(MODULE, "server", lambda _: type("Server", (), {"title": "Cassandra 5"}))
    with pytest.raises(MachineError, match="Cassandra 5 refuses `CREATE TABLE"):
        MODULE.apply(SCRIPT, Cluster(["10.0.0.1:9042"], "dc", 60))
    assert len(tries) == 1
