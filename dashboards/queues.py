"""Queues: Redis streams, their consumers, and Redis itself."""

from __future__ import annotations

from dashboards.model import GREEN, RED, Board, Choice, Panel, Query, Row
from dashboards.queries import or_zero, quantile, rate, select, total

_STREAM = Choice("stream", "Stream", 'label_values(redis_stream_groups{stream!~".+[.]dead"}, stream)')
_IN = 'stream=~"$stream"'
_TO = 'messaging_destination_name=~"$stream"'
_DEAD = 'stream=~".+[.]dead"'
_LENGTH = f"max by (stream) ({select('redis_stream_length', _IN)})"
_FIRST = f"max by (stream) ({select('redis_stream_first_entry_id', _IN)})"
_GROUP = "stream, group"
# Redis is read: proves that a missing counter of the consumers is zero.
_READ = "sum(redis_up)"

_DEPTH = Row(
    100,
    "Queues",
    (
        Panel(
            101,
            "Entries",
            "How long is each queue? Entries that are not finished yet: waiting or being processed.",
            "short",
            (Query(_LENGTH, "{{stream}}"),),
            width=8,
        ),
        Panel(
            102,
            "Age of the oldest entry",
            "Does a queue stand still? A line that rises by one second per second is a queue without a "
            "working consumer.",
            "s",
            (Query(or_zero(f"((time() - {_FIRST} / 1000) and {_LENGTH} > 0)", _LENGTH), "{{stream}}"),),
            width=8,
        ),
        Panel(
            103,
            "Wait in the queue, p99",
            "How long do entries wait before a consumer takes them? A dot is one entry: click it to see its "
            "trace.",
            "s",
            (
                Query(
                    quantile(
                        0.99,
                        "messaging_redis_queue_wait_seconds",
                        _TO,
                        by="service_name, messaging_destination_name",
                    ),
                    "{{messaging_destination_name}}",
                    exemplars=True,
                ),
            ),
            width=8,
            traces=("service_name",),
        ),
        Panel(
            104,
            "Sent and consumed",
            "Do the consumers keep up? If `sent` stays above `consumed`, the queue grows.",
            "ops",
            (
                Query(
                    rate("messaging_client_sent_messages_total", _TO, by="messaging_destination_name"),
                    "sent {{messaging_destination_name}}",
                ),
                Query(
                    rate("messaging_client_consumed_messages_total", _TO, by="messaging_destination_name"),
                    "consumed {{messaging_destination_name}}",
                ),
            ),
        ),
        Panel(
            105,
            "Time to process, p99",
            "Is a consumer slow? If the wait grows and this does not, there are too few consumers. A dot is "
            "one entry: click "
            "it to see its trace.",
            "s",
            (
                Query(
                    quantile(
                        0.99,
                        "messaging_process_duration_seconds",
                        _TO,
                        by="service_name, messaging_destination_name",
                    ),
                    "{{service_name}} {{messaging_destination_name}}",
                    exemplars=True,
                ),
            ),
            traces=("service_name",),
        ),
    ),
)

_CONSUMERS = Row(
    200,
    "Consumers and failures",
    (
        Panel(
            201,
            "Consumers",
            "Are there consumers? A consumer that has ended stays in its group until it is removed.",
            "short",
            (Query(total("redis_stream_group_consumers", _IN, by=_GROUP), "{{stream}} {{group}}"),),
            width=8,
        ),
        Panel(
            202,
            "In progress",
            "How many entries has a consumer taken and not finished? A flat line above zero without traffic "
            "is work that hangs.",
            "short",
            (Query(total("redis_stream_group_messages_pending", _IN, by=_GROUP), "{{stream}} {{group}}"),),
            width=8,
        ),
        Panel(
            203,
            "Redeliveries and new dead letters",
            "Do entries fail? A failed entry is delivered again, and becomes a dead letter after some "
            "attempts.",
            "ops",
            (
                Query(or_zero(rate("messaging_redis_redeliveries_total"), _READ), "redeliveries"),
                Query(or_zero(rate("messaging_redis_dead_letters_total"), _READ), "dead letters"),
            ),
            width=8,
        ),
        Panel(
            204,
            "Dead letters kept",
            "How many entries were given up? `kit queues` shows them, and `kit queues requeue` sends them "
            "again.",
            "short",
            (Query(or_zero(total("redis_stream_length", _DEAD), _READ), "dead letters"),),
            form="stat",
            height=6,
            steps=((None, GREEN), (1, RED)),
        ),
        Panel(
            205,
            "Failed entries",
            "Which kind of error do consumers report?",
            "ops",
            (
                Query(
                    or_zero(
                        rate(
                            "messaging_client_consumed_messages_total", _TO, 'error_type!=""', by="error_type"
                        ),
                        _READ,
                    ),
                    "{{error_type}}",
                ),
            ),
            height=6,
        ),
    ),
)

_REDIS = Row(
    300,
    "Redis",
    (
        Panel(
            301,
            "Memory",
            "Is Redis nearly full? At its limit it refuses new entries, and requests fail.",
            "bytes",
            (
                Query("sum(redis_memory_used_bytes)", "used"),
                Query("sum(redis_memory_max_bytes > 0)", "limit", limit=True),
            ),
            width=8,
        ),
        Panel(
            302,
            "Commands",
            "How much work does Redis have? It runs commands on one processor.",
            "ops",
            (Query(rate("redis_commands_processed_total"), "commands"),),
            width=8,
        ),
        Panel(
            303,
            "Clients",
            "How many connections are open? A rising line is a client that does not close them.",
            "short",
            (Query("sum(redis_connected_clients)", "clients"),),
            width=4,
        ),
        Panel(
            304,
            "Redis answers",
            "Does Redis answer?",
            "bool_yes_no",
            (Query("min(redis_up)", "answers"),),
            form="stat",
            width=4,
            maximum=1,
            steps=((None, RED), (1, GREEN)),
        ),
        Panel(
            305,
            "Keys found and evicted",
            "Do reads of Redis find their keys? The kit's Redis never evicts a key, so `evicted` must stay "
            "zero.",
            "ops",
            (
                Query(rate("redis_keyspace_hits_total"), "found"),
                Query(rate("redis_keyspace_misses_total"), "not found"),
                Query(rate("redis_evicted_keys_total"), "evicted"),
            ),
            width=24,
            height=6,
        ),
    ),
)

QUEUES = Board(
    "queues",
    "Queues",
    "Redis streams: length, wait, consumers, failures.",
    (_DEPTH, _CONSUMERS, _REDIS),
    (_STREAM,),
)
