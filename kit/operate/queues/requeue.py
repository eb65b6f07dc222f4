"""`kit queues requeue`: move dead letters back onto their stream, atomically and with their original fields.

The fields include the trace context, so that the new processing belongs to the trace in which the entry
failed. The entry gets a new id, and its deliveries are counted from 1.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from kit.errors import UserError
from kit.operate.queues.look import stream_names
from sample_services.consumer_group import DEAD_SUFFIX

_REQUEUE = Path(__file__).with_name("requeue.lua").read_text(encoding="utf-8")
_ID = re.compile(r"\d+(-\d+)?")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Moved:
    """A requeued dead letter."""

    stream: Annotated[str, "stream of the entry"]
    id: Annotated[str, "id of the dead letter"]
    entry_id: Annotated[str, "id of the new entry"]


@dataclass(frozen=True, slots=True)
class RequeueAnswer:
    """The requeued dead letters."""

    KIND: ClassVar = "queues.requeue"

    requeued: Annotated[Sequence[Moved], "requeued dead letters, in the order of moving"]


def requeue(redis: Any, stream: str, ids: Sequence[str]) -> list[Moved]:
    """Move dead letters of a stream back onto it, in the order given.

    Args:
        redis: Redis client.
        stream: Name of the stream, or of its dead-letter stream.
        ids: Ids of the dead letters; if empty, all current dead letters.

    Raises:
        UserError: The stream or one of the dead letters does not exist. Nothing is moved then.
    """
    stream = _known(redis, stream)
    dead = stream + DEAD_SUFFIX
    if ids:
        _check(redis, dead, ids)
    script: Any = redis.register_script(_REQUEUE)
    moved = []
    for letter in ids or _all(redis, dead):
        # An entry that is missing now was requeued by another process.
        if entry := script(keys=[dead, stream], args=[letter]):
            moved.append(Moved(stream, letter, str(entry)))
    return moved


def _known(redis: Any, stream: str) -> str:
    names = stream_names(redis)
    name = stream.removesuffix(DEAD_SUFFIX)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = f"streams here: {', '.join(names)}" if names else "this Redis has no streams"
    raise UserError(f"there is no stream {stream}", hint=hint)


def _check(redis: Any, dead: str, ids: Sequence[str]) -> None:
    missing = [it for it in ids if not _ID.fullmatch(it) or not redis.xrange(dead, it, it)]
    if missing:
        raise UserError(
            f"{dead} has no {', '.join(missing)}; nothing was moved",
            hint="find the newest ids with `kit queues`, or pass --all",
        )


def _all(redis: Any, dead: str) -> Iterator[str]:
    """Yield the current dead letters. An entry that fails again meanwhile is not moved a second time."""
    newest = redis.xrevrange(dead, count=1)
    start = "-"
    while newest and (found := redis.xrange(dead, start, newest[0][0], count=_AT_ONCE)):
        yield from (letter for letter, _ in found)
        start = f"({found[-1][0]}"
