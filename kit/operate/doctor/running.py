"""The checks of what runs. A further check is a module with a `CHECK`, and one line here.

What is down or missing comes before what waits for it, so that the first failing line is the cause.
"""

from __future__ import annotations

from kit.operate.doctor import (
    arriving,
    clock,
    graph,
    hops,
    losses,
    queues,
    search,
    streams,
    tables,
    versions,
)

RUNNING = (
    clock.SYNCHRONIZED,
    hops.CHECK,
    clock.SKEW,
    tables.CHECK,
    versions.CHECK,
    queues.CHECK,
    losses.CHECK,
    arriving.CHECK,
    search.CHECK,
    graph.CHECK,
    streams.CHECK,
)
