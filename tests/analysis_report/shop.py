"""Traces of a shop for the page: an endpoint with queries, a queue to another service, in traces that link."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.compare.otlp_lines import line
from analysis.model import Link, SpanKind, Trace
from tests.analysis.samples import span

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.model import Attributes

EVIL = (
    "</script><script>document.title='broken in'</script><img src=x onerror=\"document.title='broken in'\">"
)
ODD = "]]><!--<script>{{7*7}} '\"&amp;\u202e\ud800 naïve 名前"


def shop(count: int = 120, *, seed: int = 1, slower: float = 1.0) -> list[Trace]:
    """Orders, one every 500 ms; each asks a database three times in a row and sends a message that waits."""
    chance = np.random.default_rng(seed)
    return [
        trace
        for number in range(count)
        for trace in _order(seed * 10_000 + number, number * 500.0, slower, chance)
    ]


def written(path: Path, traces: list[Trace]) -> Path:
    path.write_text("".join(f"{line(trace)}\n" for trace in traces), encoding="utf-8")
    return path


def waiting_orders(url: str) -> str:
    """Put orders into a Redis, of which the group takes some up; answers how a table shows that."""
    from redis import Redis

    redis = Redis.from_url(url)
    redis.xgroup_create("orders", "pack", id="0", mkstream=True)
    for number in range(5):
        redis.xadd("orders", {"order": number})
    redis.xreadgroup("pack", "worker-1", {"orders": ">"}, count=2)
    redis.close()
    return "3+2"


def _order(number: int, at: float, slower: float, chance: np.random.Generator) -> list[Trace]:
    first, second = f"{2 * number + 2:032x}", f"{2 * number + 3:032x}"
    shop_span = partial(span, trace_id=first, service="shop")
    worker = partial(span, trace_id=second, service="worker")
    query: Attributes = {"db.system.name": "postgresql", "db.query.text": "SELECT * FROM items WHERE id = $1"}
    queue: Attributes = {"messaging.destination.name": "orders", "messaging.system": "redis"}
    each = slower * 12 * float(chance.lognormal(0, 0.4))
    wait = 40 * float(chance.lognormal(0, 0.8))
    work = 25 * float(chance.lognormal(0, 0.3))
    done = at + 2 + 3 * each
    failed = number % 40 == 7
    root = shop_span(
        "POST /orders",
        at,
        done + 6,
        kind=SpanKind.SERVER,
        error=failed,
        attributes={"http.route": "/orders", "http.request.method": "POST", "tenant": EVIL},
    )
    queries = [
        shop_span(
            "SELECT items",
            at + 1 + n * each,
            at + 0.8 + (n + 1) * each,
            parent=root,
            kind=SpanKind.CLIENT,
            attributes=query,
        )
        for n in range(3)
    ]
    send = shop_span("send orders", done, done + 4, parent=root, kind=SpanKind.PRODUCER, attributes=queue)
    begin = done + 4 + wait
    process = worker(
        "process orders",
        begin,
        begin + work,
        kind=SpanKind.CONSUMER,
        links=(Link(send.trace_id, send.span_id),),
        attributes={**queue, "messaging.consumer.group.name": "pack", "messaging.redis.queue_wait_ms": wait},
    )
    inner = worker(
        EVIL if number % 2 else ODD, begin + 1, begin + work / 2, parent=process, attributes={"note": EVIL}
    )
    return [Trace([root, *queries, send]), Trace([process, inner])]
