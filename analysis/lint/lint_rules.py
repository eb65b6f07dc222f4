"""All rules that traces can break, with the thresholds that their sources give.

A module of detectors beside this one finds what breaks them; what only a detector needs stands with it.
"""

from __future__ import annotations

from findings.rule import Rule, Severity

LEAST_REPEATS = 5
"""So many times the same call is a loop. Sentry's N+1 detector and perf-sentinel both begin at 5."""

LEAST_LOOP_MS = 50.0
"""So much time must a loop of statements take, together: Sentry's threshold of its N+1 detector,"""

MANY_REPEATS = 10
"""or there are more than so many: Jaeger's advice for finding N+1 queries says more than 10 near-identical spans."""

CHATTY_CALLS = 15
"""So many Redis commands in a row are many: perf-sentinel's threshold of a chatty service."""

N_PLUS_ONE = Rule(
    id="KIT201",
    title="A request does not repeat the same statement in a loop (N+1)",
    severity=Severity.WARNING,
    reason="Each repetition is a round trip to the database, and their number grows with the data.",
    source=(
        f"Sentry's N+1 detector (at least {LEAST_REPEATS} non-overlapping spans of one parent with the same statement, "
        f"{LEAST_LOOP_MS:g} ms together) and Jaeger's advice (more than {MANY_REPEATS}); unlike Sentry's, no query "
        "must come first: a loop over rows from a cache or a message costs the same"
    ),
    fix="read all rows at once: WHERE id IN (…), a JOIN, or the ORM's eager loading; write with executemany",
    bad="one request, five times: SELECT * FROM items WHERE id = ?   (12 ms each, one after the other)",
    good="one request, once: SELECT * FROM items WHERE id IN (?, ?, ?, ?, ?)",
)
REDIS_LOOP = Rule(
    id="KIT202",
    title="A request does not repeat the same Redis command in a loop",
    severity=Severity.WARNING,
    reason="Redis answers in microseconds; what takes time is the round trip, once for each command.",
    source=(
        f"Sentry's N+1 rule applied to Redis, which Sentry leaves out: at least {LEAST_REPEATS} commands; without a "
        "floor in milliseconds, since the round trips are the waste"
    ),
    fix="ask once: MGET, HMGET, SMISMEMBER, or a pipeline",
    bad="one request: GET user:1, GET user:2, GET user:3, GET user:4, GET user:5",
    good="one request: MGET user:1 user:2 user:3 user:4 user:5",
)
CHATTY = Rule(
    id="KIT203",
    title="A request does not send many Redis commands one by one",
    severity=Severity.WARNING,
    reason="Each command waits for the answer to the one before it, whether it needs that answer or not.",
    source=f"perf-sentinel's chatty service: at least {CHATTY_CALLS} calls; here in a row, with nothing else between",
    fix="send them together: a pipeline, or a Lua script where one needs another's answer",
    bad=f"one request, one after the other: {CHATTY_CALLS} times GET, HGET, INCR, EXPIRE, …",
    good="one request: the same commands in one pipeline",
)

LONGEST_SEQUENCE = 8
LEAST_SEQUENCE_SHARE = 0.05
"""So many calls may a repeated sequence have, and such a part of a parent's time in databases must it take: Sentry's
M/N+1 detector."""

SEQUENCE_LOOP = Rule(
    id="KIT214",
    title="A request does not repeat the same few statements in a loop (M/N+1)",
    severity=Severity.WARNING,
    reason="Each round is as many round trips as it has calls, and the number of rounds grows with the data.",
    source=(
        f"Sentry's M/N+1 detector (a sequence of at most {LONGEST_SEQUENCE} calls, at least "
        f"{LEAST_SEQUENCE_SHARE:.0%} of the time in databases); from {LEAST_REPEATS} rounds on, and with the time that "
        "KIT201 asks for, where Sentry begins at 3"
    ),
    fix="read each kind of row at once, before the loop: one WHERE … IN (…) for each statement, or a JOIN",
    bad="one request, five times: SELECT … FROM items WHERE id = ?, then SELECT … FROM prices WHERE item = ?",
    good="SELECT … FROM items WHERE id IN (…), then SELECT … FROM prices WHERE item IN (…), once each",
)

LEAST_HTTP_CALLS = 3
"""So many calls in a row: Sentry's consecutive-HTTP detector."""

LEAST_HTTP_MS = 25.0
"""Each of them takes at least so long: Sentry's 500 ms, which is for pages, less by 20 as is the saving,"""

LEAST_SAVING_MS = 100.0
LEAST_SAVING_SHARE = 0.1
"""and side by side they would save so much, and so much of the request: Sentry's consecutive-DB detector."""

LEAST_SQL_MS = 30.0
"""Each statement takes at least so long: the same."""

SERIAL = Rule(
    id="KIT204",
    title="Calls that do not need each other's answers are made side by side",
    severity=Severity.WARNING,
    reason="One after the other, they take the sum of their times; side by side, the longest of them.",
    source=(
        f"Sentry's consecutive-HTTP (at least {LEAST_HTTP_CALLS} calls in a row, its times scaled from pages to "
        f"services: {LEAST_HTTP_MS:g} ms each) and consecutive-DB detectors (SELECTs without parameters, "
        f"{LEAST_SQL_MS:g} ms each); saving at least {LEAST_SAVING_MS:g} ms and {LEAST_SAVING_SHARE:.0%}"
    ),
    fix="start them together: asyncio.gather, a TaskGroup, or threads",
    bad="GET /stock 80 ms, then GET /price 90 ms, then GET /rating 70 ms: 240 ms",
    good="GET /stock, GET /price and GET /rating started together: 90 ms",
)

LEAST_WAIT_MS = 10.0
LEAST_WAIT_SHARE = 0.1
"""A request waits for its pool when it waits so long, and so much of its time: the share is that of Sentry's
detectors; 10 ms are about what a service's own statements take."""

LEAST_MISSES = 5
"""So many requests that load the same value at once are a stampede: as many as make a loop an N+1."""

POOL = Rule(
    id="KIT205",
    title="Requests do not wait for a connection of the pool",
    severity=Severity.WARNING,
    reason="The database may be idle while requests queue in front of the pool, and none of its own figures shows it.",
    source=(
        "OpenTelemetry's db.client.connection.pool.name and wait_time; "
        f"at least {LEAST_WAIT_MS:g} ms and {LEAST_WAIT_SHARE:.0%} of the request"
    ),
    fix="hold connections for a shorter time (no calls to others inside), then enlarge the pool",
    bad="POST /orders 200 ms: pool checkout 150 ms, INSERT 8 ms",
    good="POST /orders 50 ms: pool checkout 1 ms, INSERT 8 ms",
)
STAMPEDE = Rule(
    id="KIT206",
    title="A value that expired in a cache is loaded once, not by everybody at once",
    severity=Severity.WARNING,
    reason="When a hot key expires, all requests load it: the database gets the whole load that the cache took.",
    source=(
        f"at least {LEAST_MISSES} loads of one key in flight at one moment; a miss is told by an attribute "
        "…cache.result = miss or …cache.hit = false, or seen as a read and a write of one key in Redis around a query"
    ),
    fix="let one reader load it (a lock or single flight), refresh before it expires, and spread expiry times",
    bad="50 requests within 20 ms: GET product:7 (nothing), SELECT products, SET product:7",
    good="one of them loads; 49 wait for it, or take the old value",
)

RETRY = Rule(
    id="KIT207",
    title="Calls and messages succeed at the first attempt",
    severity=Severity.WARNING,
    reason="Every attempt is waited for, and retries multiply the load on what is failing already.",
    source=(
        "a call, or the processing of a message, whose span is an error and which the same parent starts again once "
        "it has ended; OpenTelemetry's http.request.resend_count says the same"
    ),
    fix="look at the first attempt's error; give retries a budget, a growing pause and a breaker",
    bad="POST /charge (500), POST /charge (500), POST /charge (201)",
    good="POST /charge (201)",
)

ORPHAN_CONSUMER = Rule(
    id="KIT208",
    title="A consumer's producer is there",
    severity=Severity.ERROR,
    reason="Without the producer's span there is no queue wait, and nobody sees whose request the message was.",
    source=(
        "OpenTelemetry's messaging conventions: a process span has the creation context as parent or link; "
        "a sampler that decides for each service alone, lost spans and expired traces leave it pointing nowhere"
    ),
    fix="sample by parent (ParentBased) in all services; kit verify tells where spans are lost",
    bad="process orders links to a span of a trace that is not stored",
    good="send orders ── process orders",
)
BROKEN_PROPAGATION = Rule(
    id="KIT209",
    title="The context of a trace is handed on with every message and call",
    severity=Severity.ERROR,
    reason="The trace ends at the gap; what happens behind it belongs to no request.",
    source=(
        "W3C Trace Context; a consumer with neither parent nor link, or a request with no parent that lies within a "
        "client's call of the same method and path which no server's span answers"
    ),
    fix="inject the context into the message or the headers where it is sent, and extract it where it is received",
    bad="trace 1: POST http://stock/items (client), trace 2, within it: POST /items (server, no parent)",
    good="one trace: POST http://stock/items (client) ── POST /items (server)",
)
MISSING_PARENT = Rule(
    id="KIT210",
    title="No span is missing between two of one process",
    severity=Severity.WARNING,
    reason="Self times and the critical path are wrong where a span is missing.",
    source="an internal, client's or producer's span names a parent that its trace lacks; both are of one process",
    fix="end every span, flush at the end of the process, and look for spans that its exporter dropped: kit verify",
    bad="SELECT items has the parent 5b8e…, which is not in its trace",
    good="GET /items ── SELECT items",
)

LEAST_SPANS_SHARE = 0.01
"""An attribute is missing when it is on less than all but one in a hundred of the spans that should have it."""

LEAST_NAMES = 10
"""So many span names that differ in a number alone are unbounded; ids are at two. Shards and versions are fewer."""

OLD_NAME = Rule(
    id="KIT211",
    title="Attributes have the names of the stable semantic conventions",
    severity=Severity.WARNING,
    reason="Dashboards, searches and this kit's own questions look under the stable names.",
    source="OpenTelemetry's migration guides of the HTTP, database and messaging conventions",
    fix="update the instrumentation, or set OTEL_SEMCONV_STABILITY_OPT_IN=http,database,messaging",
    bad="http.method=GET http.status_code=200",
    good="http.request.method=GET http.response.status_code=200",
)
MISSING_ATTRIBUTE = Rule(
    id="KIT212",
    title="Spans carry what they are grouped and searched by",
    severity=Severity.WARNING,
    reason="Without a service, a route or a destination there is no endpoint and no queue to be seen.",
    source=(
        "the semantic conventions' required attributes: service.name; http.route of servers that answer a route; "
        "messaging.system and messaging.destination.name; db.system.name; error.type of what failed"
    ),
    fix="set it where the span is started; service.name comes from OTEL_SERVICE_NAME",
    bad="a server's span: http.request.method=GET url.path=/items/7",
    good="a server's span: http.request.method=GET url.path=/items/7 http.route=/items/{id}",
)
UNBOUNDED_NAME = Rule(
    id="KIT213",
    title="Span names are few",
    severity=Severity.WARNING,
    reason="A name with an id in it makes an operation, and a series of metrics, for every value.",
    source="OpenTelemetry's trace API: a name of low cardinality; the collector's span metrics stop at a limit",
    fix="name the span by its route or template, and put the value into an attribute",
    bad="GET /users/1001, GET /users/1002, …",
    good="GET /users/{id} with url.path=/users/1001",
)

RULES = (
    N_PLUS_ONE,
    REDIS_LOOP,
    CHATTY,
    SERIAL,
    POOL,
    STAMPEDE,
    RETRY,
    ORPHAN_CONSUMER,
    BROKEN_PROPAGATION,
    MISSING_PARENT,
    OLD_NAME,
    MISSING_ATTRIBUTE,
    UNBOUNDED_NAME,
    SEQUENCE_LOOP,
)
"""For `kit explain`."""
