"""State of connection pools, read when metrics are collected: connections idle and used, limit, waiting callers."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from opentelemetry.metrics import Observation

from .instruments import counter, histogram, observed_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import CallbackOptions

POOL, STATE = "db.client.connection.pool.name", "db.client.connection.state"

wait_time = histogram(
    "db.client.connection.wait_time", "s", "Time that a request for a database connection took.", [POOL]
)
timeouts = counter(
    "db.client.connection.timeouts",
    "{timeout}",
    "Requests for a connection that got none in time.",
    [POOL],
)


class Pool(Protocol):
    """A connection pool as its metrics see it."""

    @property
    def metrics_name(self) -> str:
        """Name of the pool, with few possible values."""
        ...

    def connections(self) -> tuple[int, int]:
        """Return the number of idle connections and of used ones."""
        ...

    @property
    def limit(self) -> int:
        """Maximum number of connections."""
        ...

    @property
    def waiting(self) -> int:
        """Number of callers that wait for a connection."""
        ...


_pools: list[weakref.ref[Pool]] = []


def watch(pool: Pool) -> None:
    """Report the state of a pool as long as it exists."""
    _pools[:] = [reference for reference in _pools if reference() is not None]
    _pools.append(weakref.ref(pool))


def _all() -> Iterator[Pool]:
    for reference in tuple(_pools):
        pool = reference()
        if pool is not None:
            yield pool


def _count(_: CallbackOptions) -> Iterator[Observation]:
    idle: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for pool in _all():
        connections = pool.connections()
        idle[pool.metrics_name] += connections[0]
        used[pool.metrics_name] += connections[1]
    for state, counts in (("idle", idle), ("used", used)):
        for name, count in counts.items():
            yield Observation(count, {POOL: name, STATE: state})


def _sum_of(value: Callable[[Pool], int]) -> Callable[[CallbackOptions], Iterator[Observation]]:
    def observe(_: CallbackOptions) -> Iterator[Observation]:
        sums: Counter[str] = Counter()
        for pool in _all():
            sums[pool.metrics_name] += value(pool)
        for name, total in sums.items():
            yield Observation(total, {POOL: name})

    return observe


observed_sum(
    "db.client.connection.count", "{connection}", "Open connections, idle or used.", _count, [POOL, STATE]
)
observed_sum(
    "db.client.connection.max",
    "{connection}",
    "Maximum number of connections.",
    _sum_of(lambda pool: pool.limit),
    [POOL],
)
observed_sum(
    "db.client.connection.pending_requests",
    "{request}",
    "Callers that wait for a connection now.",
    _sum_of(lambda pool: pool.waiting),
    [POOL],
)
