"""Coupons: what the sample shop sells, its cache, and the requests that it refuses."""

from __future__ import annotations

from dashboards.model import APPLICATION, GREEN, ORANGE, RED, Board, Panel, Query, Row
from dashboards.queries import OF_APPLICATION, or_zero, quantile, rate, select

_CACHE = "coupon_cache_requests_total"
_HIT = 'coupon_cache_result="hit"'
_READS = rate(_CACHE, OF_APPLICATION)
# A process that counts: proves that a missing counter is zero.
_COUNTS = f"sum({select('process_cpu_time_seconds_total', OF_APPLICATION)})"
_STOCK = f"max({select('coupon_stock', OF_APPLICATION)})"
_ISSUED = f"max({select('coupon_stock_issued', OF_APPLICATION)})"

_SALES = Row(
    100,
    "Coupons",
    (
        Panel(
            101,
            "Coupons left",
            "How many coupons of all campaigns are left?",
            "short",
            (Query(f"{_STOCK} - {_ISSUED}", "left"),),
            form="stat",
            width=6,
            height=5,
            steps=((None, RED), (1, GREEN)),
        ),
        Panel(
            102,
            "Share issued",
            "How near is the end of the stock?",
            "percentunit",
            (Query(f"{_ISSUED} / ({_STOCK} > 0)", "issued"),),
            form="stat",
            width=6,
            height=5,
            maximum=1,
            steps=((None, GREEN), (0.9, ORANGE), (1, RED)),
        ),
        Panel(
            103,
            "Cache hit ratio",
            "Which share of the reads did the cache answer, over the whole time range? Expected: 80 %.",
            "percentunit",
            (
                Query(
                    f"sum(increase({select(_CACHE, _HIT, OF_APPLICATION)}[$__range])) / "
                    f"sum(increase({select(_CACHE, OF_APPLICATION)}[$__range]))",
                    "hits",
                ),
            ),
            form="stat",
            width=6,
            height=5,
            maximum=1,
            steps=((None, RED), (0.7, ORANGE), (0.8, GREEN)),
        ),
        Panel(
            104,
            "Requests refused",
            "How many requests were turned away in the last five minutes, to protect the service?",
            "short",
            (
                Query(
                    or_zero(
                        f"sum(increase({select('coupon_api_refused_total', OF_APPLICATION)}[5m]))", _COUNTS
                    ),
                    "refused",
                ),
            ),
            form="stat",
            width=6,
            height=5,
            steps=((None, GREEN), (1, ORANGE)),
        ),
        Panel(
            105,
            "Issued and rejected",
            "How many coupons are issued, and how many requests are rejected, for which reason?",
            "ops",
            (
                Query(or_zero(rate("coupon_issued_total", OF_APPLICATION), _COUNTS), "issued"),
                Query(rate("coupon_rejected_total", OF_APPLICATION, by="reason"), "rejected: {{reason}}"),
            ),
        ),
        Panel(
            106,
            "Stock",
            "How fast does the stock go down? A flat line while requests arrive means that nothing is "
            "issued.",
            "short",
            (Query(_STOCK, "stock"), Query(_ISSUED, "issued")),
        ),
    ),
)

_READING = Row(
    200,
    "Cache",
    (
        Panel(
            201,
            "Cache hit ratio",
            "Why is the measured hit ratio lower than expected? A drop at fixed intervals: entries expire "
            "together. A low "
            "flat line: too short a lifetime, or too many different keys. A drop with many waits: a "
            "stampede.",
            "percentunit",
            (Query(f"{rate(_CACHE, _HIT, OF_APPLICATION)} / {_READS}", "hits"),),
            maximum=1,
            steps=((None, RED), (0.8, GREEN)),
        ),
        Panel(
            202,
            "Reads by result",
            "Are misses spread out or do they come together? `miss` reads the database. `wait` is a read "
            "that waits for "
            "another request's `miss` of the same key.",
            "ops",
            (Query(rate(_CACHE, OF_APPLICATION, by="coupon_cache_result"), "{{coupon_cache_result}}"),),
            stacked=True,
        ),
    ),
)

_API = Row(
    300,
    "Load on the API",
    (
        Panel(
            301,
            "Duration by route, p99",
            "Which route is slow? A dot is one request: click it to see its trace.",
            "s",
            (
                Query(
                    quantile(
                        0.99,
                        "http_server_request_duration_seconds",
                        OF_APPLICATION,
                        by="service_name, http_request_method, http_route",
                    ),
                    "{{http_request_method}} {{http_route}}",
                    exemplars=True,
                ),
            ),
            width=8,
            traces=("service_name",),
        ),
        Panel(
            302,
            "Answers by status",
            "What do clients get? 4xx are mistakes of clients, or a sold-out campaign. 5xx are ours.",
            "reqps",
            (
                Query(
                    rate(
                        "http_server_request_duration_seconds_count",
                        OF_APPLICATION,
                        by="http_response_status_code",
                    ),
                    "{{http_response_status_code}}",
                ),
            ),
            width=8,
            stacked=True,
        ),
        Panel(
            303,
            "Waiting and refused",
            "Does the API protect itself? It serves a limited number of requests at once. Others wait, and "
            "are refused if the "
            "queue is full or the wait is too long.",
            "short",
            (
                Query(or_zero(f"sum({select('coupon_api_waiting', OF_APPLICATION)})", _COUNTS), "waiting"),
                Query(
                    or_zero(rate("coupon_api_refused_total", OF_APPLICATION), _COUNTS), "refused per second"
                ),
            ),
            width=8,
        ),
    ),
)

COUPONS = Board(
    "coupons",
    "Coupons",
    "Stock, cache and load of the sample shop.",
    (_SALES, _READING, _API),
    (APPLICATION,),
)
