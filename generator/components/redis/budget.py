"""What Redis's memory is for: its data, and within that the samples' records, dead letters and waiting work.

Each share is of `maxmemory`, which is 60 % of the container's limit:

| share | for | bound by |
| --- | --- | --- |
| 40 % | records of requests that were decided | REQUESTS_REMEMBERED |
| 20 % | dead letters of two streams | QUEUE_DEAD_LETTERS |
| 25 % | requests that wait | 429 from 85 % on |
| 15 % | what doing the waiting work takes | |
"""

from __future__ import annotations

from generator.spec.quantities import Size

RECORD_BYTES = 600
"""Of one decided request: who asked, what was decided, who holds the coupon. Measured with Redis 6.2: 553."""
LETTER_BYTES = 700
"""Of one dead letter, with the fields that say why."""
REQUESTS_PER_SECOND = 100
"""The steady load that it is sized for. Above it, records are forgotten sooner: see sample_services/redis_memory.py."""

_RECORDS, _LETTERS = 40, 20
_STREAMS = 2
_SHORTEST_SECONDS, _LONGEST_SECONDS = 30, 24 * 3600


def data_limit(memory: Size) -> Size:
    """`maxmemory` of a Redis: the rest is for its connections, and for the copy while its log is rewritten."""
    return memory.share(60)


def remembered_seconds(memory: Size) -> int:
    """How long a request is remembered after its decision.

    The records' share of maxmemory, divided by what the load writes in a second; between 30 s and a day.
    """
    room = data_limit(memory).share(_RECORDS).bytes
    return max(_SHORTEST_SECONDS, min(_LONGEST_SECONDS, room // (RECORD_BYTES * REQUESTS_PER_SECOND)))


def dead_letters_kept(memory: Size) -> int:
    """How many dead letters each of the two streams keeps: their share of maxmemory."""
    return int(data_limit(memory).share(_LETTERS).bytes // (_STREAMS * LETTER_BYTES))
