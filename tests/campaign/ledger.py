"""What the database really holds, and which processes really run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from cassandra import OperationTimedOut, ReadTimeout
from cassandra.cluster import Cluster, Session


@contextmanager
def database(port: int) -> Iterator[Session]:
    """A session in the keyspace of the traces."""
    driver = Cluster(["127.0.0.1"], port=port, protocol_version=4)
    try:
        session = driver.connect("jaeger_coupons")
        # A machine that is busy with poison answers late.
        session.default_timeout = 60
        yield session
    finally:
        driver.shutdown()


def rows(session: Session, trace_id: bytes) -> int:
    """Spans of a trace that are in the database, each once."""
    try:
        found = session.execute("SELECT span_id FROM traces WHERE trace_id = %s", (trace_id,))
    except (ReadTimeout, OperationTimedOut):
        # A database that has much to do is asked again: not there yet.
        return 0
    return len({row.span_id for row in found})


def written_after(session: Session, trace_id: bytes, seconds: float) -> float | None:
    """Seconds until a trace has a row; None when it has none in that time."""
    began = time.monotonic()
    while True:
        if rows(session, trace_id):
            return time.monotonic() - began
        if time.monotonic() - began > seconds:
            return None
        time.sleep(0.05)


def running_programs(folder: Path) -> dict[str, int]:
    """Process id by program, of what runs from a deployment's folder."""
    found = {}
    for process in psutil.process_iter():
        try:
            home = process.environ().get("KIT_NATIVE_HOME", "")
            name = process.name()
        except (psutil.Error, OSError):
            continue
        if home.startswith(str(folder)) and name in ("otelcol", "jaeger", "java", "redis-server"):
            found[name] = process.pid
    return found


def dead_letters(folder: Path) -> bytes:
    """All files of the dead letters, with the refused spans as they were sent."""
    return b"".join(path.read_bytes() for path in (folder / ".kit/native/data").glob("**/*.letter"))
