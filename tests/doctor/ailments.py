"""Faults of a running deployment as data: what is done to it, and what the doctor's first failing line must be."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import httpx
import redis

from kit.operate.native.home import Home
from tests.native.accounts import database
from tests.native.faults import hung, supervisor
from tests.native.stack import Stack
from tests.small_disk import resize

# Nothing is taken of it before something is written.
DISK = "8g"


@dataclass(frozen=True, slots=True)
class Ailment:
    """A fault.

    Attributes:
        name: Name of the fault.
        inflicted: Causes the fault, and ends it with the block.
        first: The check whose line is the first that fails.
        next: The beginning of its next step.
    """

    name: str
    inflicted: Callable[[Stack], AbstractContextManager[None]]
    first: str
    next: str


REFUSED = 3
UNLIMITED = "service: {pipelines: {traces: {processors: [memory_limiter]}}}\n"


@contextmanager
def stopped(stack: Stack, name: str) -> Iterator[None]:
    """A component that has ended; the doctor's own advice ends it."""
    supervisor(stack).stop([name], 60)
    try:
        yield
    finally:
        stack.up()


@contextmanager
def paused(stack: Stack, name: str) -> Iterator[None]:
    """A component that neither runs nor ends."""
    with hung(stack, name):
        yield


@contextmanager
def full_redis(stack: Stack) -> Iterator[None]:
    """Entries that nobody reads take all the memory that Redis may have."""
    (port,) = [one["ports"]["redis"] for one in stack.status()["components"] if one["name"] == "redis"]
    with redis.Redis(port=port) as client:
        refused = 0
        while refused < 20:  # what connections held for a moment is given back, and filled
            try:
                client.xadd("filling", {"filler": b"f" * (16 << 10)})
                refused = 0
            except redis.exceptions.OutOfMemoryError:
                refused += 1
                time.sleep(0.1)
        try:
            yield
        finally:
            client.delete("filling")


@contextmanager
def dropped_table(stack: Stack) -> Iterator[None]:
    """A table that Jaeger needs is gone; the doctor's own advice brings it back."""
    with database(stack) as session:
        session.execute("DROP TABLE operation_names_v2")
    try:
        yield
    finally:
        done = stack.kit("schema", "apply")
        assert done.returncode == 0, done.stderr


@contextmanager
def refused_request(stack: Stack) -> Iterator[None]:
    """A request that the collector takes and the database never does; the queue is thrown away to end it.

    The collector must be without its limits (`UNLIMITED`), which cut what no database takes. Meanwhile the deployment
    is one without dead letters, which would take the request out of the way.
    """
    stack.write_spec("dead_letters: {enabled: false}")
    stack.up()
    answer = httpx.post(f"{stack.otlp_http}/v1/traces", json=_refused(), timeout=120, trust_env=False)
    answer.raise_for_status()
    try:
        yield
    finally:
        supervisor(stack).stop(["collector"], 60)
        shutil.rmtree(Home.of(stack.folder).data / "collector")
        stack.write_spec("")
        stack.up()


@contextmanager
def full_disk(stack: Stack) -> Iterator[None]:
    """The deployment's folder, a file system of its own, has no room left."""
    resize(stack.folder, shutil.disk_usage(stack.folder).used + (8 << 20))
    try:
        yield
    finally:
        resize(stack.folder, DISK)


def _refused() -> dict[str, object]:
    now = time.time_ns()
    spans = [
        {
            "traceId": os.urandom(16).hex(), "spanId": os.urandom(8).hex(), "name": "refused", "kind": 1,
            "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1000),
        }
        for _ in range(REFUSED)
    ]  # fmt: skip
    # A key of the database, which has at most 64 KiB.
    name = {"key": "service.name", "value": {"stringValue": "x" * 70_000}}
    return {"resourceSpans": [{"resource": {"attributes": [name]}, "scopeSpans": [{"spans": spans}]}]}


def _of(kind: Callable[[Stack, str], AbstractContextManager[None]], name: str, advice: str) -> Ailment:
    return Ailment(f"{name} {kind.__name__}", lambda stack: kind(stack, name), name, advice)


AILMENTS = (
    _of(paused, "cassandra", "kit logs cassandra"),
    _of(paused, "jaeger", "kit logs jaeger"),
    _of(stopped, "jaeger", "kit up"),
    _of(paused, "collector", "kit logs collector"),
    _of(stopped, "collector", "kit up"),
    _of(paused, "redis", "kit logs redis"),
    _of(stopped, "redis", "kit up"),
    _of(paused, "coupon-issuer", "kit logs coupon-issuer"),
    _of(stopped, "coupon-notifier", "kit up"),
    Ailment("Redis full", full_redis, "writes to Redis", "kit queues"),
    Ailment("a table dropped", dropped_table, "tables", "kit schema apply"),
    Ailment("a request refused forever", refused_request, "waiting spans", "kit logs jaeger"),
    _of(stopped, "cassandra", "kit up"),
)
DISK_FULL = Ailment("disk full", full_disk, "disk", "free space")
