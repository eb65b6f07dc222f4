"""Check that Redis accepts writes: it has free memory, and can write its log to disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.components.services.plan import ServicesPlan
from kit.errors import KitError
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import REDIS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject
from sample_services.queues import FULL_SHARE

# Connection buffers count too and vary, so Redis starts refusing writes a little below its limit.
_FILLING, _FULL = 0.8, 0.95
_MIB = 1 << 20


def redis_writes(subject: Subject) -> Iterator[Line]:
    """Check how much of its memory is in use, and that its last write to disk succeeded.

    Yields nothing if Redis does not answer.
    """
    where = subject.live.address("redis.redis") if subject.live else ""
    if not where:
        return
    from kit.operate.queues.connection import connected

    try:
        with connected(f"redis://{where}/0") as client:
            info: Mapping[str, Any] = client.info()
    except KitError:
        return  # Redis is down: the check of the components reports it
    looked = Looked(
        "writes to Redis",
        REDIS,
        f"memory below {_FILLING:.0%} of its maxmemory, and a writable disk",
    )
    for key in ("aof_last_write_status", "rdb_last_bgsave_status"):
        if str(info.get(key, "ok")) != "ok":
            yield looked.fail(
                f"refused: it can't write to its disk ({key}: {info[key]})",
                "free space on its disk; the error is in: kit logs redis",
            )
            return
    samples = subject.here[ServicesPlan].samples
    used, most = _used(info), int(info.get("maxmemory", 0))
    if not most:
        yield looked.well(f"{used / _MIB:.1f} MiB in use, without a limit")
        return
    share = used / most
    found = f"{used / _MIB:.1f} of {most / _MIB:.1f} MiB in use, {share:.0%}"
    details = {"used": used, "maxmemory": most}
    if share >= _FULL:
        yield looked.fail(f"refused: its memory is full ({found})", details=details)
    elif samples and share >= FULL_SHARE:
        yield looked.fail(
            f"coupon-api refuses new requests at {FULL_SHARE:.0%} or more ({found})", details=details
        )
    elif share >= _FILLING:
        yield looked.warn(found, details=details)
    else:
        yield looked.well(found)


def _used(info: Mapping[str, Any]) -> int:
    # Redis compares this value with maxmemory: it excludes the buffers of its log and of its replicas.
    return int(info["used_memory"]) - int(info.get("mem_not_counted_for_evict", 0))


CHECK = Check("writes to Redis", REDIS, redis_writes)
