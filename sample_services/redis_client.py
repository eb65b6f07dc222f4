"""The Redis client of a process, and the meaning of its errors."""

from __future__ import annotations

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import OutOfMemoryError, RedisError

# A request holds one connection at a time, and the API processes fewer requests than this at once.
_CONNECTIONS = 100
_PATIENCE_SECONDS = 5.0


class AllInUseError(NoConnectionError):
    """Raised when no connection of the pool becomes free in time."""


class _WaitingPool(BlockingConnectionPool):
    """Waits a limited time for a free connection; redis-py's default pool fails at once."""

    async def get_connection(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().get_connection(*arguments, **options)  # type: ignore[no-untyped-call]
        except NoConnectionError as error:
            # Only the text distinguishes this error from an unreachable server.
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
    """Create a client that decodes answers and has timeouts. It connects when first used.

    Args:
        url: URL of the server.
        longest_block_ms: Longest expected time of a blocking read, in ms.
        spans: Whether commands inside a trace have spans.
        connections: Maximum number of connections.
        patience_seconds: Time that a command waits for a free connection, in s. Then it raises AllInUseError.
    """
    pool = _WaitingPool.from_url(
        url,
        max_connections=connections,
        timeout=patience_seconds,
        protocol=2,
        decode_responses=True,
        # Undecodable bytes in one entry must not prevent reading its whole batch.
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

    Redis 6.2 wraps this error in an error of the script.
    """
    return isinstance(error, OutOfMemoryError) or (
        isinstance(error, RedisError) and "OOM command not allowed" in str(error)
    )
