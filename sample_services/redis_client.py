"""The Redis client of a process, and what its errors mean."""

from __future__ import annotations

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import OutOfMemoryError, RedisError

# A request holds one connection at a time: the API works for fewer requests than this at once.
_CONNECTIONS = 100
_PATIENCE_SECONDS = 5.0


class AllInUseError(NoConnectionError):
    """No connection of the pool came free in time."""


class _WaitingPool(BlockingConnectionPool):
    """Waits for a connection, for a bounded time; redis-py's default fails at once."""

    async def get_connection(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().get_connection(*arguments, **options)  # type: ignore[no-untyped-call]
        except NoConnectionError as error:
            # Its text is all that tells it from a server that can't be reached.
            if "No connection available" in str(error):
                raise AllInUseError(f"all {self.max_connections} connections to Redis are in use") from error
            raise


def open_redis(
    url: str,
    *,
    longest_block_ms: int = 0,
    spans: bool = False,
    connections: int = _CONNECTIONS,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> Redis:
    """Make a client that answers in text and gives up on a server that is silent; connects when first used.

    Args:
        url: of the server.
        longest_block_ms: how long a blocking read may rightly take, in ms.
        spans: whether its commands have spans, in the traces in which they run.
        connections: how many it opens at most.
        patience_seconds: how long a command waits for a connection when all are in use; then AllInUseError.
    """
    pool = _WaitingPool.from_url(
        url,
        max_connections=connections,
        timeout=patience_seconds,
        protocol=2,
        decode_responses=True,
        # Bytes that are no text must not keep a whole batch from being read.
        encoding_errors="replace",
        socket_connect_timeout=3,
        socket_timeout=5 + longest_block_ms / 1000,
    )
    redis = Redis.from_pool(pool)
    if spans:
        from .telemetry.redis_commands import trace_commands

        trace_commands(redis)
    return redis


def is_full(error: BaseException) -> bool:
    """Whether Redis refused a write because its memory is full.

    Redis 6.2 wraps that in an error of the script in which it happens.
    """
    return isinstance(error, OutOfMemoryError) or (
        isinstance(error, RedisError) and "OOM command not allowed" in str(error)
    )
