"""For each rule, traces that break it and traces that keep it: the examples that the rule itself gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.model import Link, SpanKind, Trace
from tests.analysis.samples import span
from tests.analysis_lint.requests import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.model import Attributes

QUEUE: Attributes = {
    "messaging.system": "redis",
    "messaging.destination.name": "orders",
    "messaging.redis.queue_wait_ms": 2.0,
}
QUERY = "SELECT * FROM items WHERE id = {}"
SENT, RECEIVED = "a" * 32, "b" * 32


def n_plus_one(repeats: int) -> list[Trace]:
    request = Request()
    for number in range(repeats):
        request.sql(QUERY.format(number), 12)
    return [request.trace()]


def sequence_loop(rounds: int) -> list[Trace]:
    request = Request()
    for number in range(rounds):
        for statement in (QUERY, QUERY.replace("items", "prices")):
            request.sql(statement.format(number), 12)
    return [request.trace()]


def redis_loop(*, one_by_one: bool) -> list[Trace]:
    request = Request()
    for command in [f"GET user:{n}" for n in range(5)] if one_by_one else ["MGET user:0 user:1 user:2"]:
        request.redis(command)
    return [request.trace()]


def chatty(commands: int) -> list[Trace]:
    request = Request()
    for number in range(commands):
        request.redis(f"{('GET', 'HGET', 'INCR', 'EXPIRE')[number % 4]} key:{number}")
    return [request.trace()]


def serial(*, side_by_side: bool) -> list[Trace]:
    request = Request()
    before = 0.0
    for path, took in (("/stock", 80.0), ("/price", 90.0), ("/rating", 70.0)):
        request.http("GET", path, took, gap=-before if side_by_side else 0.5)
        before = took
    return [request.trace()]


def pool(wait_ms: float) -> list[Trace]:
    request = Request()
    name: Attributes = {"db.client.connection.pool.name": "orders"}
    request.step("pool checkout", wait_ms, name, kind=SpanKind.INTERNAL)
    request.sql("INSERT INTO orders VALUES (?)", 8)
    return [request.trace(idle=30)]


def stampede(apart_ms: float) -> list[Trace]:
    traces = []
    for number in range(10):
        request = Request(at=number * apart_ms)
        request.redis("GET product:7")
        request.sql("SELECT * FROM products WHERE id = ?", 25)
        request.redis("SET product:7 ?")
        traces.append(request.trace())
    return traces


def retry(failures: int) -> list[Trace]:
    request = Request()
    for attempt in range(failures + 1):
        request.http("POST", "/charge", 10, gap=5, error=attempt < failures)
    return [request.trace()]


def consumed(*, stored: bool) -> list[Trace]:
    send = span(
        "send orders", 0, 1, kind=SpanKind.PRODUCER, service="shop", trace_id=SENT, attributes=dict(QUEUE)
    )
    other = span("nightly", -50, -40, service="shop", trace_id="c" * 32)
    process = span(
        "process orders",
        3,
        9,
        kind=SpanKind.CONSUMER,
        service="billing",
        trace_id=RECEIVED,
        attributes=dict(QUEUE),
        links=(Link(SENT, send.span_id),),
    )
    return [Trace([one]) for one in (send, process, other) if stored or one is not send]


def handed_on(*, joined: bool) -> list[Trace]:
    request = Request()
    call = request.http("POST", "/items", 20)
    served = span(
        "POST /items",
        2,
        18,
        kind=SpanKind.SERVER,
        service="stock",
        parent=call if joined else None,
        trace_id=request.trace_id if joined else "d" * 32,
        attributes={"http.request.method": "POST", "http.route": "/items", "url.path": "/items"},
    )
    if joined:
        request.spans.append(served)
        return [request.trace()]
    return [request.trace(), Trace([served])]


def whole(*, lost: bool) -> list[Trace]:
    request = Request()
    work = request.step("price", 20, kind=SpanKind.INTERNAL)
    request.at = work.start_ns  # what follows is placed by hand
    query = span(
        "SELECT items",
        3,
        9,
        kind=SpanKind.CLIENT,
        service="shop",
        parent=work,
        trace_id=request.trace_id,
        attributes={"db.system.name": "postgresql"},
    )
    request.spans.append(query)
    if lost:
        request.spans.remove(work)
    return [request.trace()]


def named(*, old: bool) -> list[Trace]:
    request = Request()
    if old:
        request.attributes["http.method"] = request.attributes.pop("http.request.method")
        request.attributes["http.status_code"] = request.attributes.pop("http.response.status_code")
    return [request.trace()]


def routed(*, route: bool) -> list[Trace]:
    request = Request()
    if not route:
        del request.root.attributes["http.route"]
    return [request.trace()]


def bounded(*, ids: bool) -> list[Trace]:
    traces = []
    for number in range(10):
        request = Request()
        if ids:
            request.root.name = f"GET /users/{1001 + number}"
        traces.append(request.trace())
    return traces


CASES: dict[str, tuple[Callable[[], list[Trace]], Callable[[], list[Trace]]]] = {
    "KIT201": (lambda: n_plus_one(5), lambda: n_plus_one(1)),
    "KIT202": (lambda: redis_loop(one_by_one=True), lambda: redis_loop(one_by_one=False)),
    "KIT203": (lambda: chatty(15), lambda: chatty(4)),
    "KIT204": (lambda: serial(side_by_side=False), lambda: serial(side_by_side=True)),
    "KIT205": (lambda: pool(150), lambda: pool(1)),
    "KIT206": (lambda: stampede(1), lambda: stampede(40)),
    "KIT207": (lambda: retry(2), lambda: retry(0)),
    "KIT208": (lambda: consumed(stored=False), lambda: consumed(stored=True)),
    "KIT209": (lambda: handed_on(joined=False), lambda: handed_on(joined=True)),
    "KIT210": (lambda: whole(lost=True), lambda: whole(lost=False)),
    "KIT211": (lambda: named(old=True), lambda: named(old=False)),
    "KIT212": (lambda: routed(route=False), lambda: routed(route=True)),
    "KIT213": (lambda: bounded(ids=True), lambda: bounded(ids=False)),
    "KIT214": (lambda: sequence_loop(5), lambda: sequence_loop(1)),
}
