"""The state of a native start, saved by `up` for the other commands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from generator.targets.native import Process
from generator.workload import Health
from kit.operate.native.home import Home


@dataclass(frozen=True, slots=True)
class StartedProcess:
    """One process as it was started.

    Attributes:
        rank: Stop order; processes with a higher rank stop first.
        hop: Its hop in the span pipeline; empty if it is none.
    """

    name: str
    title: str
    ports: Mapping[str, int]
    probe: str
    path: str
    health_port: int
    metrics_port: int
    once: bool
    stop_grace: int
    rank: int
    hop: str = ""
    metrics_path: str = "/metrics"


@dataclass(frozen=True, slots=True)
class RunState:
    """State of one native start.

    Attributes:
        name: Name of the deployment.
        propagation: How a consumer's span refers to its producer: `parent` or `link`.
        fingerprint: Hash of everything that was started: files, arguments, programs.
        urls: Addresses for people, by name.
        components: Processes, in start order.
        sampled: Whether sampling drops some traces.
        keeps: Place of each kind of data that it keeps.
    """

    name: str
    propagation: str
    fingerprint: str
    urls: Mapping[str, str]
    components: Sequence[StartedProcess]
    sampled: bool = False
    keeps: Mapping[str, str] = field(default_factory=dict)

    def save(self, home: Home) -> None:
        """Write the state to a home."""
        temporary = home.state.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        temporary.replace(home.state)

    @classmethod
    def load(cls, home: Home) -> RunState | None:
        """Read the state of a home; None if there is none, or it is invalid."""
        try:
            document: dict[str, Any] = json.loads(home.state.read_bytes())
            components = [StartedProcess(**component) for component in document.pop("components")]
            return cls(**document, components=components)
        except (OSError, ValueError, TypeError, KeyError):
            return None


def describe(process: Process) -> StartedProcess:
    """Convert a process to its form in the state."""
    health: Health | None = process.health
    return StartedProcess(
        name=process.name,
        title=process.title,
        ports=dict(process.ports),
        probe=health.probe if health else "",
        path=health.path if health else "",
        health_port=process.health_port,
        metrics_port=process.metrics_port,
        metrics_path=process.metrics_path,
        once=process.once,
        stop_grace=process.stop_grace,
        rank=process.rank,
        hop=process.hop,
    )
