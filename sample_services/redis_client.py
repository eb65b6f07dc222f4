"""The Redis client of a process."""

from __future__ import annotations

from redis.asyncio import Redis


def open_redis(url: str, *, longest_block_ms: int = 0, spans: bool = False) -> Redis:
    """Make a client that answers in text and gives up on a server that is silent; connects when first used.

    Args:
        url: of the server.
        longest_block_ms: how long a blocking read may rightly take, in ms.
        spans: whether its commands have spans, in the traces in which they run.
    """
    redis = Redis.from_url(
        url,
        protocol=2,
        decode_responses=True,
        # Bytes that are no text must not keep a whole batch from being read.
        encoding_errors="replace",
        socket_connect_timeout=3,
        socket_timeout=5 + longest_block_ms / 1000,
    )
    if spans:
        from .telemetry.redis_commands import trace_commands

        trace_commands(redis)
    return redis
