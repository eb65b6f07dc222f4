"""Measurements of one block of an arm."""

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
        seconds: Time of sending.
        warm: First part of it, not measured: queues fill, connections open.
        drain: Maximum time after it to write the queued spans.
    """

    seconds: float
    warm: float
    drain: float


@dataclass(frozen=True, slots=True)
class Block:
    """Result of one block.

    Attributes:
        arm: Name of the arm.
        rate: Rows in `traces` per second of the measured window.
        ledger: Counts of acknowledged and found spans.
        cpu: CPU seconds of each process in that window; `others` is the rest of the machine.
        window: Length of the measured window in seconds.
        stolen: Share of the machine's CPU time that its host used.
        rows: Number of rows of each table; empty if not counted.
        disk: Bytes of all tables after a flush; 0 if not measured.
        contents: Different spans in the first rows; empty if not read.
        searches: Number of traces found by each indexed attribute; empty if not searched.
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
        """CPU seconds of each process per 1,000 written spans."""
        spans = self.rate * self.window / 1000
        return {name: seconds / spans for name, seconds in self.cpu.items() if spans}


class Meter:
    """CPU use between the end of the warm-up and the end of a block."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids

    def watch(self, reporter: subprocess.Popen[str], timing: Timing) -> tuple[int, dict[str, float], float]:
        """Return the start of sending in µs, CPU seconds by process, and the stolen share of CPU time."""
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
    """Read the next line of a process that reports in JSON.

    Raises:
        SystemExit: the process ended without another line.
    """
    assert reporter.stdout is not None
    text = reporter.stdout.readline()
    if not text:
        raise SystemExit(f"{reporter.args!r} ended early")
    answer: dict[str, Any] = json.loads(text)
    return answer
