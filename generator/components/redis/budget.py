"""Budget of Redis's memory: data, and within it the samples' records, dead letters and waiting requests.

Each share is of `maxmemory`, which is 60 % of the container's limit:

| share | for | limited by |
| --- | --- | --- |
| 40 % | records of decided requests | REQUESTS_REMEMBERED |
| 20 % | dead letters of two streams | QUEUE_DEAD_LETTERS |
| 25 % | waiting requests | 429 from 85 % on |
| 15 % | memory to process the waiting requests | |
"""

from __future__ import annotations

from generator.spec.quantities import Size

RECORD_BYTES = 600
"""Record of one decided request: customer, decision, holder of the coupon. Measured with Redis 6.2: 553 bytes."""
LETTER_BYTES = 700
"""One dead letter, with the fields that give the reason."""
REQUESTS_PER_SECOND = 100
"""Steady load of this budget. Above it, records are dropped sooner: see sample_services/redis_memory.py."""

_RECORDS, _LETTERS = 40, 20
_STREAMS = 2
_SHORTEST_SECONDS, _LONGEST_SECONDS = 30, 24 * 3600


def data_limit(memory: Size) -> Size:
    """Return Redis's `maxmemory`: the rest is for connections, and for the copy during a rewrite of the log."""
    return memory.share(60)


def remembered_seconds(memory: Size) -> int:
    """Return the time that a request is remembered after its decision, in seconds.

    It is the records' share of maxmemory / bytes of records written per second, between 30 s and a day.
    """
    room = data_limit(memory).share(_RECORDS).bytes
    return max(_SHORTEST_SECONDS, min(_LONGEST_SECONDS, room // (RECORD_BYTES * REQUESTS_PER_SECOND)))


def dead_letters_kept(memory: Size) -> int:
    """Return the number of dead letters that each of the two streams keeps, from their share of maxmemory."""
    return int(data_limit(memory).share(_LETTERS).bytes // (_STREAMS * LETTER_BYTES))
