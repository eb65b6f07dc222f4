"""Services: their processes, their database pools, and the calls that they make."""

from __future__ import annotations

from dashboards.model import APPLICATION, GREEN, ORANGE, SERVICE, Board, Panel, Query, Row
from dashboards.queries import CHOSEN, or_zero, quantile, rate, total

_POOL = "service_name, db_client_connection_pool_name"
_POOL_NAME = "{{service_name}} {{db_client_connection_pool_name}}"
_OPERATION = "service_name, db_operation_name, db_collection_name"
_SQL = 'db_system_name!="redis"'
_REDIS = 'db_system_name="redis"'
_DATABASE = "db_client_operation_duration_seconds"
_CALL = 'client=~"$service"'

_PROCESSES = Row(
    100,
    "Processes",
    (
        Panel(
            101,
            "Processors in use",
            "How many processors does each service use? A Python process cannot use more than one at a time.",
            "short",
            (Query(rate("process_cpu_time_seconds_total", CHOSEN, by="service_name"), "{{service_name}}"),),
        ),
        Panel(
            102,
            "Memory",
            "How much memory does each service use? The container is stopped at its limit: `kit status` "
            "shows it.",
            "bytes",
            (Query(total("process_memory_usage_bytes", CHOSEN, by="service_name"), "{{service_name}}"),),
        ),
        Panel(
            103,
            "Event loop lag, p99",
            "Does something block the event loop? Every request of the process waits for at least this "
            "long. More than "
            "some milliseconds means work that should be in a thread, or too few processors.",
            "s",
            (
                Query(
                    quantile(0.99, "asyncio_event_loop_lag_seconds", CHOSEN, by="service_name"),
                    "{{service_name}}",
                ),
            ),
            steps=((None, GREEN), (0.1, ORANGE)),
        ),
        Panel(
            104,
            "Requests in progress",
            "How many requests are being served at once? If this grows while the rate does not, requests "
            "wait for "
            "something.",
            "short",
            (Query(total("http_server_active_requests", CHOSEN, by="service_name"), "{{service_name}}"),),
        ),
    ),
)

POOL = Row(
    200,
    "Pools of connections",
    (
        Panel(
            201,
            "Connections",
            "Is the pool full? If all connections are in use and some requests wait, the pool is too small "
            "for the load, or "
            "each request keeps its connection for too long: compare with the duration of SQL.",
            "short",
            (
                Query(
                    total(
                        "db_client_connection_count", 'db_client_connection_state="used"', CHOSEN, by=_POOL
                    ),
                    f"in use {_POOL_NAME}",
                ),
                Query(
                    total("db_client_connection_pending_requests", CHOSEN, by=_POOL), f"waiting {_POOL_NAME}"
                ),
                Query(
                    total("db_client_connection_max", CHOSEN, by=_POOL), f"limit of {_POOL_NAME}", limit=True
                ),
            ),
        ),
        Panel(
            202,
            "Wait for a connection, p99",
            "Why does the pool time out? This is the time that requests wait before their first statement. "
            "It belongs to no "
            "statement, so SQL looks fast. A dot is one request: click it to see its trace.",
            "s",
            (
                Query(
                    quantile(0.99, "db_client_connection_wait_time_seconds", CHOSEN, by=_POOL),
                    _POOL_NAME,
                    exemplars=True,
                ),
            ),
            width=6,
            traces=("service_name",),
        ),
        Panel(
            203,
            "Timeouts",
            "How many requests get no connection in time, and fail? They come in bursts when the pool is "
            "full.",
            "ops",
            (
                Query(
                    or_zero(
                        rate("db_client_connection_timeouts_total", CHOSEN, by=_POOL),
                        total("db_client_connection_max", CHOSEN, by=_POOL),
                    ),
                    _POOL_NAME,
                ),
            ),
            width=6,
        ),
    ),
)

_CALLS = Row(
    300,
    "Calls to databases",
    (
        Panel(
            301,
            "SQL, p99",
            "Which statement is slow? By operation and table. A dot is one statement: click it to see its "
            "trace.",
            "s",
            (
                Query(
                    quantile(0.99, _DATABASE, _SQL, CHOSEN, by=_OPERATION),
                    "{{service_name}} {{db_operation_name}} {{db_collection_name}}",
                    exemplars=True,
                ),
            ),
            width=8,
            traces=("service_name",),
        ),
        Panel(
            302,
            "Redis, p99",
            "Is Redis slow, or one of its commands? Reads that wait for new entries are left out. A dot is "
            "one command: click it to see its trace.",
            "s",
            (
                Query(
                    quantile(0.99, _DATABASE, _REDIS, CHOSEN, by="service_name, db_operation_name"),
                    "{{service_name}} {{db_operation_name}}",
                    exemplars=True,
                ),
            ),
            width=8,
            traces=("service_name",),
        ),
        Panel(
            303,
            "SQL statements per request",
            "Does an endpoint send many statements for each request? A rising line at the same traffic is a "
            "loop that reads "
            "row by row.",
            "short",
            (
                Query(
                    f"{rate(f'{_DATABASE}_count', _SQL, CHOSEN, by='service_name')} / "
                    f"{rate('http_server_request_duration_seconds_count', CHOSEN, by='service_name')}",
                    "{{service_name}}",
                ),
            ),
            width=8,
        ),
    ),
)

_GRAPH = Row(
    400,
    "Calls between services",
    (
        Panel(
            401,
            "Calls",
            "Which service calls which, and how often? Also through queues, and to databases.",
            "reqps",
            (
                Query(
                    rate("traces_service_graph_request_total", _CALL, by="client, server"),
                    "{{client}} → {{server}}",
                ),
            ),
            width=8,
        ),
        Panel(
            402,
            "Failed calls",
            "Which call fails?",
            "reqps",
            (
                Query(
                    or_zero(
                        rate("traces_service_graph_request_failed_total", _CALL, by="client, server"),
                        rate("traces_service_graph_request_total", _CALL, by="client, server"),
                    ),
                    "{{client}} → {{server}}",
                ),
            ),
            width=8,
        ),
        Panel(
            403,
            "Duration of calls, p95",
            "Which call is slow, as its caller sees it? For a queue this is the time of the consumer's work.",
            "s",
            (
                Query(
                    quantile(0.95, "traces_service_graph_request_server_seconds", _CALL, by="client, server"),
                    "{{client}} → {{server}}",
                ),
            ),
            width=8,
        ),
        Panel(
            404,
            "Callbacks, p99",
            "How long do outgoing HTTP requests take? A dot is one request: click it to see its trace.",
            "s",
            (
                Query(
                    quantile(0.99, "http_client_request_duration_seconds", CHOSEN, by="service_name"),
                    "{{service_name}}",
                    exemplars=True,
                ),
            ),
            traces=("service_name",),
        ),
        Panel(
            405,
            "Callbacks that failed",
            "Which answers do outgoing HTTP requests get? Without a status code there was no answer.",
            "reqps",
            (
                Query(
                    rate(
                        "http_client_request_duration_seconds_count",
                        CHOSEN,
                        by="service_name, http_response_status_code, error_type",
                    ),
                    "{{service_name}} {{http_response_status_code}} {{error_type}}",
                ),
            ),
        ),
    ),
)

SERVICES = Board(
    "services",
    "Services",
    "Processes, database pools and outgoing calls of each service.",
    (_PROCESSES, POOL, _CALLS, _GRAPH),
    (APPLICATION, SERVICE),
)
