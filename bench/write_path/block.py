"""What one block of one arm measured."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.processes import cpu_seconds
from bench.write_path.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Timing:
    """The phases of a block, in seconds.

    Attributes:
        seconds: how long is sent.
        warm: of these the first that don't count: queues fill, connections open.
        drain: at most, until what is queued must be written.
    """

    seconds: float
    warm: float
    drain: float


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        arm: whose.
        rate: rows found in `traces` for each second of the window that counts.
        ledger: what became of what was acknowledged.
        cpu: seconds used by each process in that window; `others` is all that is not of this run.
        stolen: the share of the machine that its host took.
        rows: of each table; empty when not counted.
        disk: bytes of all tables, flushed; 0 when not measured.
        contents: the different spans among the first rows; empty when not looked at.
        searches: traces found by each indexed attribute; empty when not asked.
    """

    arm: str
    rate: float
    ledger: Ledger
    cpu: Mapping[str, float]
    window: float
    stolen: float = 0.0
    rows: Mapping[str, int] = field(default_factory=dict)
    disk: int = 0
    contents: frozenset[str] = frozenset()
    searches: Mapping[str, int] = field(default_factory=dict)

    @property
    def cpu_per_thousand(self) -> dict[str, float]:
        """CPU-seconds of each process for 1,000 spans written."""
        spans = self.rate * self.window / 1000
        return {name: seconds / spans for name, seconds in self.cpu.items() if spans}


class Meter:
    """CPU use between the end of the warm-up and the end of a block."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids

    def watch(self, reporter: subprocess.Popen[str], timing: Timing) -> tuple[int, dict[str, float], float]:
        """When the sending began, CPU-seconds by process, and the share of the machine that was stolen."""
        began_us: int = line(reporter)["began_us"]
        began = began_us / 1e6
        time.sleep(max(0.0, began + timing.warm - time.time()))
        before = cpu_seconds(self._pids)
        time.sleep(max(0.0, began + timing.seconds - time.time()))
        after = cpu_seconds(self._pids)
        used = {name: after[name] - before[name] for name in before if name in after}
        stolen = used.pop("stolen")
        machine = used.pop("machine")
        used["others"] = max(0.0, machine - stolen - sum(used.values()))
        return began_us, used, stolen / max(machine, 0.001)


def line(reporter: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line of a process that reports in JSON.

    Raises:
        SystemExit: it ended without one.
    """
    assert reporter.stdout is not None
    text = reporter.stdout.readline()
    if not text:
        raise SystemExit(f"{reporter.args!r} ended early")
    answer: dict[str, Any] = json.loads(text)
    return answer
