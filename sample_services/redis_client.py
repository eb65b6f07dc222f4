"""The Redis client of a process, its metrics, and the meaning of its errors."""

from __future__ import annotations

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import OutOfMemoryError, RedisError

from .telemetry import pools
from .telemetry.redis_durations import MeasuredRedis

# A request holds one connection at a time, and the API processes fewer requests than this at once.
_CONNECTIONS = 100
_PATIENCE_SECONDS = 5.0


class AllInUseError(NoConnectionError):
    """Raised when no connection of the pool becomes free in time."""


class _WaitingPool(BlockingConnectionPool):
    """Waits a limited time for a free connection; redis-py's default pool fails at once."""

    metrics_name = "redis"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting = 0
        pools.watch(self)

    @property
    def limit(self) -> int:
        """Maximum number of connections."""
        return self.max_connections

    def connections(self) -> tuple[int, int]:
        """Return the number of idle connections and of used ones."""
        return len(self._available_connections), len(self._in_use_connections)

    async def get_connection(self, *arguments: Any, **options: Any) -> Any:
        waits = len(self._in_use_connections) >= self.max_connections
        self.waiting += waits
        try:
            return await super().get_connection(*arguments, **options)  # type: ignore[no-untyped-call]
        except NoConnectionError as error:
            # Only the text distinguishes this error from an unreachable server.
            if "No connection available" in str(error):
                pools.timeouts.add(1, {pools.POOL: self.metrics_name})
                raise AllInUseError(f"all {self.max_connections} connections to Redis are in use") from error
            raise
        finally:
            self.waiting -= waits


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
    redis = MeasuredRedis.from_pool(pool)
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
