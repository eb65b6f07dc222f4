"""Checks of a running deployment. To add one, write a module with a `CHECK`, and one line here.

Causes come before their effects (a missing table before a full queue), so that the first failing line is the cause.
"""

from __future__ import annotations

from kit.operate.doctor import (
    arriving,
    clock,
    deadletters,
    graph,
    hops,
    losses,
    monitor,
    moving,
    put_aside,
    queues,
    redis_writes,
    search,
    streams,
    tables,
    versions,
    written_again,
)

RUNNING = (
    clock.SYNCHRONIZED,
    redis_writes.CHECK,
    hops.CHECK,
    clock.SKEW,
    tables.CHECK,
    versions.CHECK,
    put_aside.CHECK,
    deadletters.CHECK,
    moving.CHECK,
    written_again.CHECK,
    queues.CHECK,
    losses.CHECK,
    arriving.CHECK,
    search.CHECK,
    graph.CHECK,
    monitor.CHECK,
    streams.CHECK,
)
