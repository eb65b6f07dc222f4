"""Which Redis holds the queues, and a client of it."""

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
    """A Redis that is reached from here; see `kit.operate.runtime.Queues`."""

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
    """The queues of a Redis: the one given, else that of the deployment that runs in a spec's folder.

    Raises:
        UserError: it is no URL of a Redis, or the deployment there has none.
        MachineError: none is given, and nothing runs there.
    """
    if url:
        if urlsplit(url).scheme not in _SCHEMES:
            raise UserError(
                f"--redis {_shown(url)}: not the URL of a Redis", hint="as redis://localhost:6379/0"
            )
        return RedisAt(url)
    runtime = runtime_in(spec)
    if runtime is None:
        raise MachineError(
            "nothing runs here",
            hint="kit up --target native; or name another deployment's Redis: --redis redis://host:port/0",
        )
    return runtime.queues


def no_redis() -> UserError:
    """The error where a deployment runs without a Redis."""
    return UserError(
        "this deployment has no Redis: `services` in kit.yaml takes the samples' place",
        hint="name the one that holds your queues: --redis redis://host:port/0",
    )


@contextmanager
def connected(url: str) -> Iterator[Redis]:
    """A client that answers in text.

    Raises:
        UserError: the URL is wrong in itself.
        MachineError: Redis does not answer, or refuses.
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
        raise UserError(f"--redis {_shown(url)}: {error}", hint="as redis://localhost:6379/0") from None
    try:
        yield client
    except redis.RedisError as error:
        raise MachineError(
            f"Redis at {_shown(url)} does not answer as it should: {error}", hint="kit status; kit logs redis"
        ) from None
    finally:
        client.close()


def _shown(url: str) -> str:
    """A URL without the password that may be in it."""
    user, at, rest = url.rpartition("@")
    return f"{user.partition('://')[0]}://***@{rest}" if at else url
