"""What is told of queues, to a person or a program."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict

from kit.operate.queues.look import DeadLetters, Group, Stream
from kit.operate.queues.requeue import Moved
from kit.terminal import Output, answer, bold, data, dim, say

_COLUMNS = f"{'depth':>8} {'unread':>8} {'pending':>8} {'oldest':>8} {'dead':>6}"


def report_queues(streams: Sequence[Stream], output: Output) -> None:
    """Print all streams."""
    if output is Output.JSON:
        answer("queues", streams=[asdict(stream) for stream in streams])
        return
    if not streams:
        say("there are no streams yet: the first request makes one")
        return
    rows: list[tuple[Stream, Group | None]] = []
    for stream in streams:
        rows += [(stream, group) for group in stream.groups] or [(stream, None)]
    width = max(len("stream → group"), *(len(_title(*row)) for row in rows))
    data(bold(f"{'stream → group':<{width}} {_COLUMNS}", sys.stdout))
    for stream, group in rows:
        data(_row(stream, group, width))
        for consumer in group.consumers if group else []:
            told = f"  {consumer.name}: {consumer.pending} in hand, asked {_span(consumer.idle_s)} ago"
            data(dim(told, sys.stdout))
    for stream in streams:
        _report_dead(stream, stream.dead_letters)


def report_requeued(stream: str, moved: Sequence[Moved], output: Output) -> None:
    """Print what was moved."""
    if output is Output.JSON:
        answer("queues.requeue", requeued=[asdict(it) for it in moved])
    elif moved:
        for it in moved:
            data(f"{it.id} → {it.entry_id}")
        say(f"{len(moved)} dead letter{'s are' if len(moved) > 1 else ' is'} back on {moved[0].stream}")
    else:
        say(f"{stream} has no dead letters; nothing was changed")


def _title(stream: Stream, group: Group | None) -> str:
    return f"{stream.name} → {group.name if group else 'nobody'}"


def _row(stream: Stream, group: Group | None, width: int) -> str:
    oldest = group.oldest_s if group else stream.oldest_s
    unread = str(stream.depth) if group is None else f"{'' if group.unread_exact else '~'}{group.unread}"
    return (
        f"{_title(stream, group):<{width}} {stream.depth:>8} {unread:>8} {group.pending if group else 0:>8} "
        f"{'-' if oldest is None else _span(oldest):>8} {stream.dead_letters.count:>6}"
    )


def _report_dead(stream: Stream, dead: DeadLetters) -> None:
    if not dead.count:
        return
    reasons = ", ".join(f"{reason} {count}" for reason, count in dead.reasons.items())
    data("")
    data(bold(f"{dead.stream}: {reasons}; the newest:", sys.stdout))
    for letter in dead.newest:
        why = ": ".join(filter(None, (letter.error_type, letter.error_message)))
        data(f"  {letter.id}  {letter.reason} after {letter.delivery_count}  {why}")
    data(f"  back with: kit queues requeue {stream.name} --id ID (or --all)")


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
