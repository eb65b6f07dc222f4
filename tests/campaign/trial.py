"""One poison after the other, and after each an innocent span: who came through, and when."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cassandra.cluster import Session

from tests.campaign import wire
from tests.campaign.ledger import rows, running_programs, written_after
from tests.campaign.sender import post
from tests.campaign.shapes import Shape

# What the issue of one sender against all others promises.
INNOCENT_SECONDS = 10.0
# How long a trial waits before it calls the others stopped.
_PATIENCE_SECONDS = 120.0
# The collector's port for OTLP over HTTP, above the stack's first one.
OTLP_HTTP = 1


@dataclass
class Result:
    """What became of one poison and of the innocent span behind it.

    Attributes:
        status: the collector's answer to the poison; 0 when none came.
        answered: seconds until that answer.
        innocent: seconds from there until the innocent span was in the database; None when it never was.
        rows: rows of the poison in the end.
        restarted: programs with another process id than before.
    """

    shape: Shape
    trace_id: bytes
    status: int
    answered: float
    innocent: float | None = None
    rows: int = 0
    restarted: list[str] = field(default_factory=list)

    @property
    def stuck(self) -> bool:
        """Whether it was acknowledged and is not in the database, though it could be."""
        return self.status == 200 and self.shape.has_row and not self.rows

    @property
    def stopped_others(self) -> bool:
        return self.innocent is None or self.innocent > INNOCENT_SECONDS


class Trial:
    """Sends to one deployment and counts in its database."""

    def __init__(self, folder: Path, otlp_http: int, session: Session) -> None:
        self.folder = folder
        self._port = otlp_http
        self._session = session
        self._programs = running_programs(folder)
        assert {"otelcol", "jaeger", "java"} <= self._programs.keys(), self._programs

    def through(self, port: int) -> Trial:
        """One that sends to another port of the same deployment, counted from its first one."""
        return Trial(self.folder, self._port - OTLP_HTTP + port, self._session)

    def poison(self, shape: Shape) -> Result:
        """Send one shape, and nothing behind it."""
        trace_id = os.urandom(16)
        body = shape.request(trace_id)
        began = time.monotonic()
        status = post(self._port, body)
        return Result(shape, trace_id, status, time.monotonic() - began)

    def innocent(self) -> float | None:
        """Send a span as any service sends it; returns the seconds until it is in the database."""
        trace_id = os.urandom(16)
        body = wire.request(
            wire.span(trace_id, wire.attribute(b"http.route", wire.text(b"/"), 9)), service=b"innocent"
        )
        began = time.monotonic()
        while post(self._port, body) != 200:
            # Refused is told to the sender, which keeps it: that is no loss, but it takes time.
            if time.monotonic() - began > _PATIENCE_SECONDS:
                return None
            time.sleep(0.1)
        if written_after(self._session, trace_id, _PATIENCE_SECONDS) is None:
            return None
        return time.monotonic() - began

    def peak(self, program: str) -> int:
        """The most bytes of memory that a program has had since it was started."""
        status = Path(f"/proc/{self._programs[program]}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) << 10

    def restarted(self) -> list[str]:
        """Programs with another process id than at the last call."""
        now = running_programs(self.folder)
        changed = sorted(name for name, pid in self._programs.items() if now.get(name) != pid)
        self._programs.update(now)
        return changed

    def count(self, results: Iterable[Result], seconds: float) -> None:
        """Count the rows of each, until all have some or the time is over."""
        deadline = time.monotonic() + seconds
        open_ = [one for one in results if one.status == 200]
        while open_:
            for one in open_:
                one.rows = rows(self._session, one.trace_id)
            open_ = [one for one in open_ if one.stuck]
            if not open_ or time.monotonic() > deadline:
                return
            time.sleep(0.5)


def one_by_one(trial: Trial, shapes: Sequence[Shape], said: Callable[[Result], None]) -> list[Result]:
    """The whole campaign: after each shape an innocent span."""
    results = []
    for shape in shapes:
        result = trial.poison(shape)
        result.innocent = trial.innocent()
        result.restarted = trial.restarted()
        trial.count([result], 0)
        results.append(result)
        said(result)
    # What the database refused, or what waits behind much else, has had its time now.
    trial.count(results, _PATIENCE_SECONDS)
    return results
