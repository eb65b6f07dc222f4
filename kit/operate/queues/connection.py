"""Find the Redis that holds the queues, and connect to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kit.errors import MachineError, UserError
from kit.operate.queues.look import Stream, look
from kit.operate.queues.requeue import Moved, requeue
from kit.operate.runtimes import runtime_in

if TYPE_CHECKING:
    from redis import Redis

    from kit.operate.runtime import Queues

_SCHEMES = ("redis", "rediss", "unix")
_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RedisAt:
    """A Redis that is reachable from here; see `kit.operate.runtime.Queues`."""

    url: str

    def streams(self) -> list[Stream]:
        """See `Queues`."""
        with connected(self.url) as client:
            return look(client)

    def requeue(self, stream: str, ids: Sequence[str]) -> list[Moved]:
        """See `Queues`."""
        with connected(self.url) as client:
            return requeue(client, stream, ids)


def queues_at(url: str, spec: Path) -> Queues:
    """Return the queues of a Redis: of the given URL, else of the deployment in the spec's folder.

    Raises:
        UserError: The URL is not a Redis URL, or the deployment has no Redis.
        MachineError: No URL is given, and nothing runs in the folder.
    """
    if url:
        if urlsplit(url).scheme not in _SCHEMES:
            raise UserError(
                f"--redis {_shown(url)}: not the URL of a Redis", hint="for example redis://localhost:6379/0"
            )
        return RedisAt(url)
    runtime = runtime_in(spec)
    if runtime is None:
        raise MachineError(
            "nothing runs here",
            hint="kit up --target native, or pass another deployment's Redis: --redis redis://host:port/0",
        )
    return runtime.queues


def no_redis() -> UserError:
    """Return the error for a deployment without a Redis."""
    return UserError(
        "this deployment has no Redis: `services` in kit.yaml replaces the samples",
        hint="pass the one that holds your queues: --redis redis://host:port/0",
    )


@contextmanager
def connected(url: str) -> Iterator[Redis]:
    """Yield a Redis client that decodes answers to text.

    Raises:
        UserError: The URL is invalid.
        MachineError: Redis does not answer, or refuses a command.
    """
    import redis

    try:
        client = redis.Redis.from_url(
            url,
            protocol=2,
            decode_responses=True,
            encoding_errors="replace",
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )
    except ValueError as error:
        raise UserError(
            f"--redis {_shown(url)}: {error}", hint="for example redis://localhost:6379/0"
        ) from None
    try:
        yield client
    except redis.RedisError as error:
        raise MachineError(
            f"Redis at {_shown(url)} does not answer as it should: {error}", hint="kit status; kit logs redis"
        ) from None
    finally:
        client.close()


def _shown(url: str) -> str:
    """Return a URL without its password."""
    user, at, rest = url.rpartition("@")
    return f"{user.partition('://')[0]}://***@{rest}" if at else url
