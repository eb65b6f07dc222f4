"""Metrics of the rounds: up to when the graph is computed, and how often a round failed."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from generator.components.dependencies.listeners import COMPUTED
from kit.errors import MachineError

_MICROSECONDS = 1_000_000


class RoundMetrics:
    """The metrics; they are not served before `serve` is called."""

    def __init__(self) -> None:
        """Begin with the present: a job that never succeeds is late from its start on."""
        self.registry = CollectorRegistry()
        self._computed = Gauge(COMPUTED, "Time up to which the graph is computed.", registry=self.registry)
        self._computed.set(time.time())
        self._seconds = Gauge(
            "kit_dependencies_round_seconds", "Duration of the last round.", registry=self.registry
        )
        self._failed = Counter(
            "kit_dependencies_failed_rounds", "Rounds that ended with an error.", registry=self.registry
        )

    def serve(self, address: str) -> None:
        """Serve them at `host:port`, in a thread.

        Raises:
            MachineError: the port can't be opened.
        """
        host, _, port = address.rpartition(":")
        try:
            start_http_server(int(port), host, self.registry)
        except (OSError, ValueError, OverflowError) as error:
            raise MachineError(
                f"metrics can't be served at {address}: {error}",
                hint="use a free port, such as 127.0.0.1:9464",
            ) from None

    def done(self, computed: int, took: float) -> None:
        """Record a round: the time up to which all is computed, in microseconds, and its duration in seconds."""
        self._computed.set(computed / _MICROSECONDS)
        self._seconds.set(took)

    def failed(self) -> None:
        """Record a round that failed."""
        self._failed.inc()
