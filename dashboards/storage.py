"""Storage: ScyllaDB by its own metrics, Cassandra by the kit's exporter. A deployment gets one of the two."""

from __future__ import annotations

from dashboards.model import GREEN, ORANGE, RED, Board, Panel, Query, Row
from dashboards.queries import rate, select, total

_WRITES = Panel(
    101,
    "Spans written",
    "How many spans does Jaeger write? Each span becomes several rows: one for each index.",
    "ops",
    (Query('kit:hop_sent_spans:rate5m{hop="jaeger"}', "spans"),),
)
_MICROSECONDS = 1_000_000
_HITS, _MISSES = rate("scylla_cache_row_hits"), rate("scylla_cache_row_misses")
_FROM_CACHE = f"{_HITS} / (({_HITS} + {_MISSES}) > 0) or 0 * sum(scylla_cache_row_hits)"


def _scylla_quantile(share: float, operation: str) -> str:
    metric = f"scylla_storage_proxy_coordinator_{operation}_latency_bucket"
    # ScyllaDB counts in microseconds.
    return f"histogram_quantile({share}, {rate(metric, by='le')}) / {_MICROSECONDS}"


_SCYLLA_LOAD = Row(
    100,
    "Load",
    (
        _WRITES,
        Panel(
            102,
            "Requests",
            "How many statements does ScyllaDB get, and of which kind?",
            "ops",
            (
                Query(rate("scylla_database_total_writes"), "writes"),
                Query(rate("scylla_database_total_reads"), "reads"),
            ),
        ),
        Panel(
            103,
            "Latency of writes and reads, p99",
            "Is the database slow? Writes of spans need milliseconds. Searches read more, and may take "
            "longer.",
            "s",
            (
                Query(_scylla_quantile(0.99, "write"), "writes"),
                Query(_scylla_quantile(0.99, "read"), "reads"),
            ),
        ),
        Panel(
            104,
            "Timeouts",
            "Does the database miss its own limits? A write that timed out is repeated, so no span is lost "
            "by it.",
            "ops",
            (
                Query(rate("scylla_storage_proxy_coordinator_write_timeouts"), "writes"),
                Query(rate("scylla_storage_proxy_coordinator_read_timeouts"), "reads"),
            ),
            steps=((None, GREEN), (1, RED)),
        ),
    ),
)

_SCYLLA_ROOM = Row(
    200,
    "Resources",
    (
        Panel(
            201,
            "Processor of each shard",
            "Is a shard at its limit? A shard is one processor. At 100 % the database can do no more.",
            "percent",
            (Query("max by (shard) (scylla_reactor_utilization)", "shard {{shard}}"),),
            width=8,
            maximum=100,
            steps=((None, GREEN), (80, ORANGE), (95, RED)),
        ),
        Panel(
            202,
            "Memory",
            "How much of the database's memory is free? Its cache uses all that nothing else needs.",
            "bytes",
            (
                Query("sum(scylla_memory_total_memory - scylla_memory_free_memory)", "in use"),
                Query("sum(scylla_memory_total_memory)", "limit", limit=True),
            ),
            width=8,
        ),
        Panel(
            203,
            "Compactions",
            "Does the database keep up with sorting its files? If more and more wait, reads become slower.",
            "short",
            (
                Query("sum(scylla_compaction_manager_compactions)", "running"),
                Query("sum(scylla_compaction_manager_pending_compactions)", "waiting"),
            ),
            width=8,
        ),
        Panel(
            204,
            "Rows read from the cache",
            "Do searches find their rows in memory? Old traces must come from the disk.",
            "percentunit",
            (
                Query(
                    _FROM_CACHE,
                    "from memory",
                ),
            ),
            maximum=1,
        ),
        Panel(
            205,
            "Statements over the network",
            "How much do all clients ask? The difference to the panel Requests is work on metadata.",
            "ops",
            (Query(rate("scylla_transport_requests_served"), "statements"),),
        ),
    ),
)

_CACHE_HITS = rate("cassandra_cache_hits_total", by="cache")
_P99 = 'quantile="0.99"'


def _cassandra_latency(operation: str) -> str:
    matchers = (f'operation="{operation}"', _P99)
    return f"max by (table) ({select('cassandra_coordinator_latency_seconds', *matchers)})"


_CASSANDRA_LOAD = Row(
    100,
    "Load",
    (
        _WRITES,
        Panel(
            102,
            "Requests",
            "How many statements does Cassandra get, and of which kind?",
            "ops",
            (Query(rate("cassandra_coordinator_requests_total", by="operation"), "{{operation}}"),),
        ),
        Panel(
            103,
            "Latency of writes, p99",
            "Is the database slow? By table. Writes of spans need milliseconds.",
            "s",
            (Query(_cassandra_latency("write"), "{{table}}"),),
        ),
        Panel(
            104,
            "Latency of reads, p99",
            "Are searches slow in the database? By table. A scan reads many rows.",
            "s",
            (
                Query(_cassandra_latency("read"), "read {{table}}"),
                Query(_cassandra_latency("scan"), "scan {{table}}"),
            ),
        ),
    ),
)

_CASSANDRA_ROOM = Row(
    200,
    "Resources",
    (
        Panel(
            201,
            "Waiting tasks",
            "Which part of the database is behind? Tasks that wait for a thread, by thread pool.",
            "short",
            (Query(total("cassandra_thread_pool_pending_tasks", by="pool"), "{{pool}}"),),
            width=8,
        ),
        Panel(
            202,
            "Running tasks",
            "What is the database doing? Tasks that run, by thread pool.",
            "short",
            (Query(total("cassandra_thread_pool_active_tasks", by="pool"), "{{pool}}"),),
            width=8,
        ),
        Panel(
            203,
            "Compactions",
            "Does the database keep up with sorting its files? Tasks on files that run.",
            "short",
            (Query("sum(cassandra_sstable_tasks)", "running"),),
            width=8,
        ),
        Panel(
            204,
            "Disk by table",
            "Which table fills the disk? In whole MiB.",
            "bytes",
            (Query(total("cassandra_table_disk_bytes", by="table"), "{{table}}"),),
            width=8,
            stacked=True,
        ),
        Panel(
            205,
            "Rows read from the caches",
            "Do searches find their keys in memory? Old traces must come from the disk.",
            "percentunit",
            (
                Query(
                    f"{_CACHE_HITS} / ({rate('cassandra_cache_requests_total', by='cache')} > 0)"
                    " or 0 * sum by (cache) (cassandra_cache_requests_total)",
                    "{{cache}}",
                ),
            ),
            width=8,
            maximum=1,
        ),
        Panel(
            206,
            "Clients",
            "How many connections are open? Jaeger keeps a fixed number.",
            "short",
            (Query("sum(cassandra_clients)", "connections"),),
            width=4,
        ),
        Panel(
            207,
            "Cassandra answers",
            "Does Cassandra answer the exporter's queries?",
            "bool_yes_no",
            (Query("min(cassandra_up)", "answers"),),
            form="stat",
            width=4,
            maximum=1,
            steps=((None, RED), (1, GREEN)),
        ),
    ),
)

SCYLLA = Board(
    "storage",
    "Storage",
    "ScyllaDB: load, latency, resources.",
    (_SCYLLA_LOAD, _SCYLLA_ROOM),
    file="storage-scylla",
)
CASSANDRA = Board(
    "storage",
    "Storage",
    "Cassandra: load, latency, resources.",
    (_CASSANDRA_LOAD, _CASSANDRA_ROOM),
    file="storage-cassandra",
)
