"""`kit queues requeue`: dead letters back onto their stream, each in one step, with the fields that it had.

Its trace context is among them: what is done with it now shows in the trace in which it failed. It
gets a new id and starts to count deliveries anew.
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
    """A dead letter that is an entry again."""

    stream: Annotated[str, "that it is on"]
    id: Annotated[str, "of the dead letter"]
    entry_id: Annotated[str, "its id now"]


@dataclass(frozen=True, slots=True)
class RequeueAnswer:
    """The dead letters that are back on their stream."""

    KIND: ClassVar = "queues.requeue"

    requeued: Annotated[Sequence[Moved], "in the order in which they were moved"]


def requeue(redis: Any, stream: str, ids: Sequence[str]) -> list[Moved]:
    """Move dead letters of a stream back onto it, in the order given.

    Args:
        redis: a client.
        stream: its name; that of its dead letters will do as well.
        ids: of the dead letters; all that there are now when there are none.

    Raises:
        UserError: there is no such stream, or one of the dead letters is not there: then nothing is moved.
    """
    stream = _known(redis, stream)
    dead = stream + DEAD_SUFFIX
    if ids:
        _check(redis, dead, ids)
    script: Any = redis.register_script(_REQUEUE)
    moved = []
    for letter in ids or _all(redis, dead):
        # One that is gone by now was requeued by someone else.
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
        hint = f"there are {', '.join(names)}" if names else "this Redis has no streams at all"
    raise UserError(f"there is no stream {stream}", hint=hint)


def _check(redis: Any, dead: str, ids: Sequence[str]) -> None:
    missing = [it for it in ids if not _ID.fullmatch(it) or not redis.xrange(dead, it, it)]
    if missing:
        raise UserError(
            f"{dead} has no {', '.join(missing)}; nothing was moved",
            hint="`kit queues` shows the newest ids; --all takes all of them",
        )


def _all(redis: Any, dead: str) -> Iterator[str]:
    """Those that are there now: one that dies again while they are moved is not moved a second time."""
    newest = redis.xrevrange(dead, count=1)
    start = "-"
    while newest and (found := redis.xrange(dead, start, newest[0][0], count=_AT_ONCE)):
        yield from (letter for letter, _ in found)
        start = f"({found[-1][0]}"
