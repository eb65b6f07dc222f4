"""Which Redis holds the queues, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kit.errors import MachineError, UserError
from kit.operate.native.home import Home
from kit.operate.native.state import State
from kit.operate.native.supervisor import Supervisor

if TYPE_CHECKING:
    from redis import Redis

_SCHEMES = ("redis", "rediss", "unix")
_TIMEOUT_SECONDS = 5.0


def address(url: str, home: Home) -> str:
    """The URL of a Redis: the one given, else that of the deployment that runs in a home.

    Raises:
        UserError: it is no URL of a Redis, or the deployment there has none.
        MachineError: none is given, and nothing runs there.
    """
    if url:
        if urlsplit(url).scheme not in _SCHEMES:
            raise UserError(
                f"--redis {_shown(url)}: not the URL of a Redis", hint="as redis://localhost:6379/0"
            )
        return url
    state = State.load(home) if Supervisor.find(home) else None
    ports = [it.ports["redis"] for it in state.components if "redis" in it.ports] if state else []
    if state and not ports:
        raise UserError(
            "this deployment has no Redis: `services` in kit.yaml takes the samples' place",
            hint="name the one that holds your queues: --redis redis://host:port/0",
        )
    if not ports:
        raise MachineError(
            "nothing runs here",
            hint="kit up --target native; or name another deployment's Redis: --redis redis://host:port/0",
        )
    return f"redis://127.0.0.1:{ports[0]}/0"


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
