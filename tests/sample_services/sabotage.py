"""Kills a consumer at one exact step of its work, as kill -9 does: nothing of it runs on after that.

A step is a moment before or after something takes effect outside of the process: a command to Redis
or a pipeline of them, an SQL statement, a commit, an HTTP call.
"""

from __future__ import annotations

import contextlib
import gc
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from sample_services.coupon_notifier.callback import Callback
from sample_services.redis_client import open_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from opentelemetry.context import Context
    from sqlalchemy.ext.asyncio import AsyncEngine

    from sample_services.queues import CouponRequest


class KilledError(BaseException):
    """No handler of the services catches it."""


class Fate:
    """Counts steps and kills at one of them; from then on, at every step."""

    def __init__(self, last_step: int | None = None) -> None:
        self.steps = 0
        self.trail: list[str] = []
        self._last = last_step

    @property
    def killed(self) -> bool:
        return self._last is not None and self.steps > self._last

    def step(self, name: str) -> None:
        self.steps += 1
        self.trail.append(name)
        if self.killed:
            raise KilledError(name)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every client and engine that has a fate, asks it."""

    def around(owner: type, method: str, name: str) -> None:
        real = getattr(owner, method)

        async def stepped(self: Any, *arguments: Any, **options: Any) -> Any:
            fate = _fate_of(self)
            if fate is None:
                return await real(self, *arguments, **options)
            told = f"{name} {arguments[0]}" if arguments and isinstance(arguments[0], str) else name
            fate.step(f"before {told}")
            answer = await real(self, *arguments, **options)
            fate.step(f"after {told}")
            return answer

        patch.setattr(owner, method, stepped)

    with monkeypatch.context() as patch:
        around(Redis, "execute_command", "command")
        around(Pipeline, "execute", "pipeline")
        around(AsyncConnection, "commit", "commit")
        yield


def doomed_redis(url: str, fate: Fate) -> Redis:
    redis = open_redis(url, longest_block_ms=1000)
    redis.connection_pool.fate = fate  # type: ignore[attr-defined]
    return redis


class Connections:
    """An engine's connections to SQLite: the death of a process closes them, in whatever state they are."""

    def __init__(self) -> None:
        self._opened: list[tuple[Any, Any]] = []

    def add(self, driver: Any) -> None:
        self._opened.append((driver, driver._connection))  # it forgets it, see below

    async def close(self, *, killed: bool) -> None:
        """Close them all.

        One that a kill caught in a transaction is in nobody's hands. And where the pool has closed it, but a statement
        of it had not ended, SQLite keeps it and its lock until the statement's cursor is collected.
        """
        for driver, connection in self._opened:
            with contextlib.suppress(sqlite3.ProgrammingError):  # it is closed
                connection.rollback()
            with contextlib.suppress(ValueError):
                await driver.close()
            connection.close()
        if killed:
            gc.collect()


def doom_engine(engine: AsyncEngine, fate: Fate) -> Connections:
    """Answers the engine's connections, to be closed by who knows that it is dead."""
    engine.sync_engine.fate = fate  # type: ignore[attr-defined]
    opened = Connections()

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        fate.step(f"before {statement[:20]}")

    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        fate.step(f"after {statement[:20]}")

    event.listen(engine.sync_engine, "before_cursor_execute", before)
    event.listen(engine.sync_engine, "after_cursor_execute", after)
    event.listen(engine.sync_engine, "connect", lambda it, _: opened.add(it.driver_connection))
    return opened


class DoomedCallback(Callback):
    def __init__(self, api_url: str, fate: Fate) -> None:
        super().__init__(api_url)
        self._fate = fate

    def _post(self, session: Any, request: CouponRequest, context: Context) -> None:
        self._fate.step("before call")
        super()._post(session, request, context)
        self._fate.step("after call")


def _fate_of(it: Any) -> Fate | None:
    owner = it.engine.sync_engine if isinstance(it, AsyncConnection) else it.connection_pool
    return getattr(owner, "fate", None)
