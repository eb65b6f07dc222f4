"""Overview: requests, errors, durations, objectives, and which resource is full first."""

from __future__ import annotations

from dashboards.model import APPLICATION, GREEN, ORANGE, RED, SERVICE, Board, Panel, Query, Row
from dashboards.queries import CHOSEN, FAILED, SERVER, or_zero, quantile, rate, select, total

_CALLS = "traces_span_metrics_calls_total"
_DURATION = "traces_span_metrics_duration_seconds"
_OBJECTIVE = 'service_name=~"$service"'
_LIMITED = select("kit:objective_threshold:seconds", _OBJECTIVE)
_BUDGET = ((None, RED), (0, ORANGE), (0.25, GREEN))

_REQUESTS = rate(_CALLS, SERVER, CHOSEN, by="service_name")
_ERRORS = rate(_CALLS, SERVER, FAILED, CHOSEN, by="service_name")
_ENDPOINT = "service_name, span_name"
_POOL = "service_name, db_client_connection_pool_name"
_USED = total("db_client_connection_count", 'db_client_connection_state="used"', CHOSEN, by=_POOL)
_POOL_IN_USE = f"{_USED} / {total('db_client_connection_max', CHOSEN, by=_POOL)}"
_QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))

_OBJECTIVES = Row(
    100,
    "Objectives",
    (
        Panel(
            101,
            "Error budget left",
            "How much of the error budget of the last 30 days is left? 100 % is untouched. Below 0 % the "
            "objective is "
            "missed. Empty if kit.yaml has no objectives.",
            "percentunit",
            (Query(select("kit:objective_budget_left:ratio", _OBJECTIVE), "{{objective}} {{limit}}"),),
            form="stat",
            width=12,
            height=5,
            steps=_BUDGET,
            minimum=None,
            maximum=1,
        ),
        Panel(
            102,
            "Alerts",
            "Is something wrong now? Alerts that fire. Prometheus lists them under Alerts, each with the "
            "next command.",
            "short",
            (Query(or_zero('count(ALERTS{alertstate="firing"})', "count(up)"), "alerts that fire"),),
            form="stat",
            width=6,
            height=5,
            steps=((None, GREEN), (1, RED)),
        ),
        Panel(
            103,
            "Components that do not answer",
            "Does Prometheus reach every component? If it does not, the other panels lack that component's "
            "data.",
            "short",
            (Query(or_zero("count(up == 0)", "count(up)"), "components without an answer"),),
            form="stat",
            width=6,
            height=5,
            steps=((None, GREEN), (1, RED)),
        ),
        Panel(
            104,
            "Burn rate",
            "How fast is the budget spent? At 1 it lasts exactly 30 days. At 14.4 a fiftieth of it is gone "
            "in an hour, and "
            "the alert ObjectiveBurnsFast fires.",
            "short",
            (Query(select("kit:objective_burn:rate1h", _OBJECTIVE), "{{objective}} {{limit}}"),),
            steps=((None, GREEN), (1, ORANGE), (14.4, RED)),
        ),
        Panel(
            105,
            "Bad requests against the objective",
            "Which share of the requests failed, or was slower than the limit? When do they come: all the "
            "time, or in "
            "bursts? The dashed line is the share that the objective allows.",
            "percentunit",
            (
                Query(select("kit:objective_bad:ratio_rate5m", _OBJECTIVE), "{{objective}} {{limit}}"),
                Query(
                    f"1 - {select('kit:objective_target:ratio', _OBJECTIVE)}",
                    "limit of {{objective}} {{limit}}",
                    limit=True,
                ),
            ),
        ),
    ),
)

_RED = Row(
    200,
    "Requests",
    (
        Panel(
            201,
            "Requests",
            "How many requests does each service get? Counted from spans before any sampling.",
            "reqps",
            (Query(_REQUESTS, "{{service_name}}"),),
            width=8,
        ),
        Panel(
            202,
            "Failed requests",
            "Which share of the requests fails, and when? A flat line is a broken endpoint. Peaks are "
            "bursts: compare them "
            "with the panels of the pool, the queues and the host at the same time.",
            "percentunit",
            (Query(f"({or_zero(_ERRORS, _REQUESTS)}) / {_REQUESTS}", "{{service_name}}"),),
            width=8,
            maximum=1,
        ),
        Panel(
            203,
            "Duration",
            "How long do requests take? The dashed line is the limit of the objective for p99. A dot is one "
            "request: click "
            "it to see its trace.",
            "s",
            (
                *(
                    Query(
                        quantile(share, _DURATION, SERVER, CHOSEN, by="service_name"),
                        f"{name} {{{{service_name}}}}",
                        exemplars=share == 0.99,
                    )
                    for name, share in _QUANTILES
                ),
                Query(_LIMITED, "limit of {{objective}}", limit=True),
            ),
            width=8,
            traces=("service_name",),
        ),
        Panel(
            204,
            "Requests by endpoint",
            "Which endpoint gets the load?",
            "reqps",
            (Query(rate(_CALLS, SERVER, CHOSEN, by=_ENDPOINT), "{{service_name}} {{span_name}}"),),
            width=8,
        ),
        Panel(
            205,
            "Failed requests by endpoint",
            "Which endpoint fails?",
            "reqps",
            (
                Query(
                    or_zero(
                        rate(_CALLS, SERVER, FAILED, CHOSEN, by=_ENDPOINT),
                        rate(_CALLS, SERVER, CHOSEN, by=_ENDPOINT),
                    ),
                    "{{service_name}} {{span_name}}",
                ),
            ),
            width=8,
        ),
        Panel(
            206,
            "p99 by endpoint",
            "Which endpoint is slow? Click a value to search for the traces of that endpoint that took at "
            "least this long.",
            "s",
            (
                Query(
                    quantile(0.99, _DURATION, SERVER, CHOSEN, by=_ENDPOINT),
                    "{{service_name}} {{span_name}}",
                    exemplars=True,
                ),
            ),
            width=8,
            traces=("service_name", "span_name"),
        ),
    ),
)

_WAITING = Row(
    300,
    "Which resource is full first?",
    (
        Panel(
            301,
            "Share of each resource in use",
            "Which resource saturates first when the load grows? The first line to reach 100 % is the "
            "bottleneck. All are "
            "shares of a limit, so they can be compared.",
            "percentunit",
            (
                Query(
                    '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
                    "processors of the host",
                ),
                Query(
                    "max(1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
                    "memory of the host",
                ),
                Query(
                    _POOL_IN_USE,
                    "pool {{db_client_connection_pool_name}} of {{service_name}}",
                ),
                Query("max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))", "memory of Redis"),
                Query("kit:hop_queue_fill:ratio", "span queue of {{hop}}"),
            ),
            width=24,
            height=9,
            maximum=1,
            steps=((None, GREEN), (0.8, RED)),
        ),
    ),
)

OVERVIEW = Board(
    "overview",
    "Overview",
    "Requests, errors and durations of each service, and the objectives of kit.yaml.",
    (_OBJECTIVES, _RED, _WAITING),
    (APPLICATION, SERVICE),
)
