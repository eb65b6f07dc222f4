"""What lies in the queues now, which no trace knows: Redis does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kit.terminal import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.queues import Queue
    from kit.operate.queues.look import Stream


def backlog(redis: str, *, is_asked: bool) -> Sequence[Stream] | None:
    """The streams as they are now; None, and said why, when no Redis answers."""
    if not is_asked:
        return None
    from generator.spec.problem import SpecError
    from kit.errors import KitError
    from kit.operate.queues.connection import queues_at

    try:
        return queues_at(redis, Path("kit.yaml")).streams()
    except (KitError, SpecError, ImportError) as error:
        if redis and isinstance(error, KitError):
            raise
        what = error.message if isinstance(error, KitError) else str(error)
        say(f"the backlog is not known: {what}; --redis names a Redis to ask")
        return None


def waiting_in(it: Queue, streams: Sequence[Stream] | None) -> tuple[int, int] | None:
    """How many entries the group has not taken up, and how many it has in hand, now."""
    for stream in streams or ():
        for group in stream.groups if stream.name == it.name else ():
            if it.group in ("", group.name):
                return group.unread, group.pending
    return None
