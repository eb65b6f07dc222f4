"""All rules on traces, with the thresholds from their sources.

The detectors are in the modules beside this one, with the constants that only they need.
"""

from __future__ import annotations

from findings.rule import Rule, Severity

LEAST_REPEATS = 5
"""Minimum number of repetitions of a call that count as a loop. Sentry's N+1 detector and perf-sentinel use 5."""

LEAST_LOOP_MS = 50.0
"""Minimum total time of a loop of statements, in ms: the threshold of Sentry's N+1 detector."""

MANY_REPEATS = 10
"""Repetitions above which a loop of statements needs no minimum time. Jaeger's advice for finding N+1 queries is
more than 10 near-identical spans."""

CHATTY_CALLS = 15
"""Minimum number of Redis commands in a row: perf-sentinel's threshold of a chatty service."""

N_PLUS_ONE = Rule(
    id="KIT201",
    title="A request does not repeat the same statement in a loop (N+1)",
    severity=Severity.WARNING,
    reason="Each repetition is a round trip to the database, and their number grows with the data.",
    source=(
        f"Sentry's N+1 detector (at least {LEAST_REPEATS} non-overlapping spans of one parent with the same statement, "
        f"{LEAST_LOOP_MS:g} ms in total) and Jaeger's advice (more than {MANY_REPEATS}). Sentry requires a query "
        "before the loop; this rule does not: a loop over rows from a cache or a message costs the same"
    ),
    fix="read all rows at once: WHERE id IN (…), a JOIN, or the ORM's eager loading; write with executemany",
    bad="one request, five times: SELECT * FROM items WHERE id = ?   (12 ms each, one after the other)",
    good="one request, once: SELECT * FROM items WHERE id IN (?, ?, ?, ?, ?)",
)
REDIS_LOOP = Rule(
    id="KIT202",
    title="A request does not repeat the same Redis command in a loop",
    severity=Severity.WARNING,
    reason="Redis answers in microseconds. The time goes into the network round trip of each command.",
    source=(
        f"Sentry's N+1 rule applied to Redis, which Sentry leaves out: at least {LEAST_REPEATS} commands, without a "
        "minimum time, because the round trips are the waste"
    ),
    fix="send one command: MGET, HMGET or SMISMEMBER, or use a pipeline",
    bad="one request: GET user:1, GET user:2, GET user:3, GET user:4, GET user:5",
    good="one request: MGET user:1 user:2 user:3 user:4 user:5",
)
CHATTY = Rule(
    id="KIT203",
    title="A request does not send many Redis commands one by one",
    severity=Severity.WARNING,
    reason="Each command waits for the answer to the previous one, even if it does not need that answer.",
    source=f"perf-sentinel's chatty service: at least {CHATTY_CALLS} calls; here in a row, without other calls between",
    fix="send them together: a pipeline, or a Lua script if one needs another's answer",
    bad=f"one request, one after the other: {CHATTY_CALLS} times GET, HGET, INCR, EXPIRE, …",
    good="one request: the same commands in one pipeline",
)

LONGEST_SEQUENCE = 8
LEAST_SEQUENCE_SHARE = 0.05
"""Maximum number of calls in a repeated sequence, and its minimum share of the parent's time in databases: the
thresholds of Sentry's M/N+1 detector."""

SEQUENCE_LOOP = Rule(
    id="KIT214",
    title="A request does not repeat the same few statements in a loop (M/N+1)",
    severity=Severity.WARNING,
    reason="Each call of each round is a round trip, and the number of rounds grows with the data.",
    source=(
        f"Sentry's M/N+1 detector (a sequence of at most {LONGEST_SEQUENCE} calls, at least "
        f"{LEAST_SEQUENCE_SHARE:.0%} of the time in databases); at least {LEAST_REPEATS} rounds (Sentry: 3), and the "
        "minimum time of KIT201"
    ),
    fix="read each kind of row at once, before the loop: one WHERE … IN (…) for each statement, or a JOIN",
    bad="one request, five times: SELECT … FROM items WHERE id = ?, then SELECT … FROM prices WHERE item = ?",
    good="SELECT … FROM items WHERE id IN (…), then SELECT … FROM prices WHERE item IN (…), once each",
)

LEAST_HTTP_CALLS = 3
"""Minimum number of HTTP calls in a row: the threshold of Sentry's consecutive-HTTP detector."""

LEAST_HTTP_MS = 25.0
"""Minimum time of each HTTP call, in ms: Sentry's 500 ms are for web pages and are divided by 20, as the saving is."""

LEAST_SAVING_MS = 100.0
LEAST_SAVING_SHARE = 0.1
"""Minimum saving if the calls ran in parallel, in ms and as a share of the request: the thresholds of Sentry's
consecutive-DB detector."""

LEAST_SQL_MS = 30.0
"""Minimum time of each statement, in ms: the threshold of Sentry's consecutive-DB detector."""

SERIAL = Rule(
    id="KIT204",
    title="Independent calls run in parallel",
    severity=Severity.WARNING,
    reason="In sequence they take the sum of their times, in parallel only the longest of them.",
    source=(
        f"Sentry's consecutive-HTTP (at least {LEAST_HTTP_CALLS} calls in a row, its times scaled from pages to "
        f"services: {LEAST_HTTP_MS:g} ms each) and consecutive-DB detectors (SELECTs without parameters, "
        f"{LEAST_SQL_MS:g} ms each); saving at least {LEAST_SAVING_MS:g} ms and {LEAST_SAVING_SHARE:.0%}"
    ),
    fix="run them in parallel: asyncio.gather, a TaskGroup, or threads",
    bad="GET /stock 80 ms, then GET /price 90 ms, then GET /rating 70 ms: 240 ms",
    good="GET /stock, GET /price and GET /rating started together: 90 ms",
)

LEAST_WAIT_MS = 10.0
LEAST_WAIT_SHARE = 0.1
"""Minimum wait for a pool, in ms and as a share of the request. The share is that of Sentry's detectors; 10 ms are
about the time of a service's statements."""

LEAST_MISSES = 5
"""Minimum number of concurrent loads of one value that count as a stampede: the same as for an N+1 loop."""

POOL = Rule(
    id="KIT205",
    title="Requests do not wait for a connection of the pool",
    severity=Severity.WARNING,
    reason="The database may be idle while requests queue for the pool, and no database metric shows this.",
    source=(
        "OpenTelemetry's db.client.connection.pool.name and wait_time; "
        f"at least {LEAST_WAIT_MS:g} ms and {LEAST_WAIT_SHARE:.0%} of the request"
    ),
    fix="hold connections for a shorter time (no calls to other services meanwhile), then enlarge the pool",
    bad="POST /orders 200 ms: pool checkout 150 ms, INSERT 8 ms",
    good="POST /orders 50 ms: pool checkout 1 ms, INSERT 8 ms",
)
STAMPEDE = Rule(
    id="KIT206",
    title="A value that expired in a cache is loaded once, not by many requests at once",
    severity=Severity.WARNING,
    reason="When a hot key expires, all requests load it, and the database gets the full load.",
    source=(
        f"at least {LEAST_MISSES} loads of one key at the same time. A miss is an attribute …cache.result = miss or "
        "…cache.hit = false, or a read and a write of one Redis key around a query"
    ),
    fix="let one request load it (a lock or single flight), refresh it before it expires, and spread expiry times",
    bad="50 requests within 20 ms: GET product:7 (nothing), SELECT products, SET product:7",
    good="one of them loads it; 49 wait for it or use the old value",
)

RETRY = Rule(
    id="KIT207",
    title="Calls and messages succeed at the first attempt",
    severity=Severity.WARNING,
    reason="The caller waits for every attempt, and retries increase the load on a service that already fails.",
    source=(
        "a call or the processing of a message ended with an error, and the same parent started it again; or "
        "OpenTelemetry's http.request.resend_count is above 0"
    ),
    fix="look at the first attempt's error; give retries a budget, exponential backoff and a circuit breaker",
    bad="POST /charge (500), POST /charge (500), POST /charge (201)",
    good="POST /charge (201)",
)

ORPHAN_CONSUMER = Rule(
    id="KIT208",
    title="The producer's span of each consumer span is stored",
    severity=Severity.ERROR,
    reason="Without the producer's span there is no queue wait, and the message belongs to no known request.",
    source=(
        "OpenTelemetry's messaging conventions: a process span has the creation context as parent or link. The "
        "producer's span is missing after independent sampling in each service, lost spans or expired traces"
    ),
    fix="sample by parent (ParentBased) in all services; find lost spans with kit verify",
    bad="process orders links to a span of a trace that is not stored",
    good="send orders ── process orders",
)
BROKEN_PROPAGATION = Rule(
    id="KIT209",
    title="Every message and call carries the trace context",
    severity=Severity.ERROR,
    reason="The trace ends at the gap, and the spans after it belong to no request.",
    source=(
        "W3C Trace Context. A consumer has neither parent nor link; or a server span has no parent and lies within a "
        "client span of the same method and path that has no server span"
    ),
    fix="inject the context into the message or the headers at the sender, and extract it at the receiver",
    bad="trace 1: POST http://stock/items (client), trace 2, within it: POST /items (server, no parent)",
    good="one trace: POST http://stock/items (client) ── POST /items (server)",
)
MISSING_PARENT = Rule(
    id="KIT210",
    title="No span is missing between two spans of one process",
    severity=Severity.WARNING,
    reason="Self times and the critical path are wrong if a span is missing.",
    source="the parent of an internal, client or producer span, which is in the same process, is not in the trace",
    fix="end every span, flush at the end of the process, and look for spans that its exporter dropped: kit verify",
    bad="SELECT items has the parent 5b8e…, which is not in its trace",
    good="GET /items ── SELECT items",
)

LEAST_SPANS_SHARE = 0.01
"""An attribute is reported as missing if more than this share of the spans that should have it lack it."""

LEAST_NAMES = 10
"""Number of span names that differ only in a number from which on they are unbounded; for ids, 2 are enough. Shards
and versions are fewer."""

OLD_NAME = Rule(
    id="KIT211",
    title="Attributes have the names of the stable semantic conventions",
    severity=Severity.WARNING,
    reason="Dashboards, searches and this kit's own commands use the stable names.",
    source="OpenTelemetry's migration guides of the HTTP, database and messaging conventions",
    fix="update the instrumentation, or set OTEL_SEMCONV_STABILITY_OPT_IN=http,database,messaging",
    bad="http.method=GET http.status_code=200",
    good="http.request.method=GET http.response.status_code=200",
)
MISSING_ATTRIBUTE = Rule(
    id="KIT212",
    title="Spans have the attributes that group and find them",
    severity=Severity.WARNING,
    reason="Without a service, a route or a destination, the span belongs to no endpoint and no queue.",
    source=(
        "the semantic conventions require service.name, http.route (servers with routes), messaging.system, "
        "messaging.destination.name, db.system.name and error.type (failed spans)"
    ),
    fix="set it where the span is started; service.name comes from OTEL_SERVICE_NAME",
    bad="a server's span: http.request.method=GET url.path=/items/7",
    good="a server's span: http.request.method=GET url.path=/items/7 http.route=/items/{id}",
)
UNBOUNDED_NAME = Rule(
    id="KIT213",
    title="Span names have a low cardinality",
    severity=Severity.WARNING,
    reason="A name that contains an id creates one operation, and one series of metrics, for each id.",
    source="OpenTelemetry's trace API requires names of low cardinality; the collector's span metrics have a limit",
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
"""All rules, for `kit explain`."""
