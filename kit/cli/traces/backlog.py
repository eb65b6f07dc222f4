"""Read the current backlog of queues from Redis, because traces do not show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kit.terminal import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.queues import Backlog, Queue
    from kit.operate.queues.look import Stream


def with_backlog(queues: Sequence[Queue], redis: str, spec: Path, *, is_asked: bool) -> list[Queue]:
    """Return the queues with their current backlog; without it, and with a message, if Redis fails."""
    streams = (is_asked and streams_now(redis, spec)) or []
    return [replace(it, backlog=_backlog(it, streams)) for it in queues]


def streams_now(redis: str, spec: Path) -> Sequence[Stream] | None:
    """Return the current streams; None, with a message, if Redis does not answer."""
    from generator.spec.problem import SpecError
    from kit.errors import KitError
    from kit.operate.queues.connection import queues_at

    try:
        return queues_at(redis, spec).streams()
    except (KitError, SpecError, ImportError) as error:
        if redis and isinstance(error, KitError):
            raise
        what = error.message if isinstance(error, KitError) else str(error)
        say(f"the backlog is unknown: {what}; pass the Redis as --redis URL")
        return None


def _backlog(it: Queue, streams: Sequence[Stream]) -> Backlog | None:
    """Return the numbers of unread and pending entries of the queue's group."""
    from analysis.queues import Backlog

    for stream in streams:
        for group in stream.groups if stream.name == it.queue else ():
            if it.group in (None, group.name):
                return Backlog(group.unread, group.pending)
    return None
