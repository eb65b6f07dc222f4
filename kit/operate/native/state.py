"""What `up` started, for the other verbs."""

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
    """One process as it was started; what has a higher `rank` is stopped first. `hop`: of the span pipeline."""

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
    """One run.

    Attributes:
        name: the deployment's name.
        propagation: `parent` or `link`.
        fingerprint: a hash of everything that was started: files, arguments, programs.
        urls: addresses for people, by what they serve.
        components: in the order of their start.
        sampled: whether some traces are dropped.
        keeps: where what is kept, by what it is.
    """

    name: str
    propagation: str
    fingerprint: str
    urls: Mapping[str, str]
    components: Sequence[StartedProcess]
    sampled: bool = False
    keeps: Mapping[str, str] = field(default_factory=dict)

    def save(self, home: Home) -> None:
        """Write it to a home."""
        temporary = home.state.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        temporary.replace(home.state)

    @classmethod
    def load(cls, home: Home) -> RunState | None:
        """Read it; None when nothing was started, or what lies there is no state."""
        try:
            document: dict[str, Any] = json.loads(home.state.read_bytes())
            components = [StartedProcess(**component) for component in document.pop("components")]
            return cls(**document, components=components)
        except (OSError, ValueError, TypeError, KeyError):
            return None


def describe(process: Process) -> StartedProcess:
    """A process as the state keeps it."""
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
