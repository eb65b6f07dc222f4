"""The text output of `kit queues`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from kit.operate.queues.look import Consumer, DeadLetters, Group, Stream
from kit.operate.queues.requeue import Moved
from kit.terminal import bold, dim, say

_COLUMNS = f"{'depth':>8} {'unread':>8} {'pending':>8} {'oldest':>8} {'dead':>6}"


def queue_lines(streams: Sequence[Stream]) -> Iterator[str]:
    """Yield all streams as text."""
    if not streams:
        say("there are no streams yet: the first request creates one")
        return
    rows: list[tuple[Stream, Group | None]] = []
    for stream in streams:
        rows += [(stream, group) for group in stream.groups] or [(stream, None)]
    width = max(len("stream → group"), *(len(_title(*row)) for row in rows))
    yield bold(f"{'stream → group':<{width}} {_COLUMNS}", sys.stdout)
    for stream, group in rows:
        yield _row(stream, group, width)
        for consumer in group.consumers if group else []:
            yield dim(f"  {consumer.name}: {_doing(consumer, group)}", sys.stdout)
    for stream in streams:
        yield from _dead_lines(stream, stream.dead_letters)


def requeued_lines(stream: str, moved: Sequence[Moved]) -> Iterator[str]:
    """Yield the requeued entries as text."""
    for it in moved:
        yield f"{it.id} → {it.entry_id}"
    if moved:
        say(f"{len(moved)} dead letter{'s are' if len(moved) > 1 else ' is'} back on {moved[0].stream}")
    else:
        say(f"{stream} has no dead letters; nothing was changed")


def _title(stream: Stream, group: Group | None) -> str:
    return f"{stream.name} → {group.name if group else '(no group)'}"


def _row(stream: Stream, group: Group | None, width: int) -> str:
    oldest = group.oldest_s if group else stream.oldest_s
    unread = str(stream.depth) if group is None else f"{'' if group.unread_exact else '~'}{group.unread}"
    return (
        f"{_title(stream, group):<{width}} {stream.depth:>8} {unread:>8} {group.pending if group else 0:>8} "
        f"{'-' if oldest is None else _span(oldest):>8} {stream.dead_letters.count:>6}"
    )


def _doing(consumer: Consumer, group: Group | None) -> str:
    """Describe a consumer. Redis 6.2 counts waiting for work as idle time, so that time is not printed then."""
    if not consumer.pending and not (group and group.unread):
        return "0 pending, none unread"
    return f"{consumer.pending} pending, last active {_span(consumer.idle_s)} ago"


def _dead_lines(stream: Stream, dead: DeadLetters) -> Iterator[str]:
    if not dead.count:
        return
    reasons = ", ".join(f"{reason} {count}" for reason, count in dead.reasons.items())
    yield ""
    yield bold(f"{dead.stream}: {reasons}; the newest:", sys.stdout)
    for letter in dead.newest:
        why = ": ".join(filter(None, (letter.error_type, letter.error_message)))
        yield f"  {letter.id}  {letter.reason} after {letter.delivery_count} tries  {why}"
    yield f"  next: kit queues requeue {stream.name} --id ID (or --all)"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
