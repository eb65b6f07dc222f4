"""Durations of a Redis client's commands, without the stock instrumentation and at a fraction of its cost."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import NoScriptError

from stream_tracing import error_type

from .operations import OPERATION, SYSTEM, duration
from .sharing import context_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIPELINE = "PIPELINE"
_READS = frozenset({"XREAD", "XREADGROUP"})


class MeasuredRedis(Redis):
    """A client that measures each command and each pipeline, with the wait for a connection.

    A read that waits for entries is not measured: most of its time is not spent in Redis.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute a command, as in redis-py."""
        name = args[0]
        if name in _READS and b"BLOCK" in args:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        began = time.perf_counter()
        try:
            answer = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except BaseException as error:
            _record(name, began, error)
            raise
        _record(name, began)
        return answer

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a new pipeline, which is measured as a whole."""
        return _MeasuredPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _MeasuredPipeline(Pipeline):
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        if not self.command_stack:
            return await super().execute(raise_on_error)
        began = time.perf_counter()
        try:
            answers = await super().execute(raise_on_error)
        except BaseException as error:
            _record(_PIPELINE, began, error)
            raise
        _record(_PIPELINE, began)
        return answers


def _record(name: str, began: float, error: BaseException | None = None) -> None:
    # A script is called by its hash first. That Redis does not know it yet is no failure.
    kind = "" if error is None or isinstance(error, NoScriptError) else error_type(error)
    duration.record(time.perf_counter() - began, _attributes(name, kind), context_of(()))


@lru_cache(maxsize=512)
def _attributes(name: str, kind: str) -> Mapping[str, str]:
    attributes = {SYSTEM: "redis", OPERATION: name}
    return {**attributes, "error.type": kind} if kind else attributes
