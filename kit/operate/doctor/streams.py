"""Check the streams between the sample services: dead letters, and entries that no consumer takes."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import LETTERS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

_STUCK_SECONDS = 60.0


def streams(subject: Subject) -> Iterator[Line]:
    """Report dead letters in the sample services' streams, and entries that no consumer takes."""
    where = subject.live.address("redis.redis") if subject.live else ""
    if not where:
        return
    from kit.operate.queues.connection import RedisAt

    looked = Looked("streams", LETTERS, f"no dead letters, and no entry older than {_STUCK_SECONDS:g} s")
    found = RedisAt(f"redis://{where}/0").streams()
    told = [
        f"{one.name} has {one.dead_letters.count} dead letters" for one in found if one.dead_letters.count
    ]
    told += [
        f"{one.name}: an entry has waited for {group.name} for {group.oldest_s:.0f} s"
        for one in found
        for group in one.groups
        if group.oldest_s is not None and group.oldest_s > _STUCK_SECONDS
    ]
    yield looked.warn("; ".join(told)) if told else looked.well(f"{len(found)} streams, all processed")


CHECK = Check("streams", LETTERS, streams)
