"""Where a deployment runs, as `kit verify` sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kit.errors import MachineError
from kit.operate.native.home import Home
from kit.operate.native.state import State
from kit.operate.native.supervisor import Supervisor
from kit.operate.verify.counters import Counters, read_counters
from kit.operate.verify.queues import Queue, read_queues


class Site(Protocol):
    """What can be asked of a running deployment, however it runs."""

    @property
    def urls(self) -> Mapping[str, str]:
        """Addresses for people, by what they serve."""

    @property
    def propagation(self) -> str:
        """`parent` or `link`."""

    @property
    def sampled(self) -> bool:
        """Whether some traces are dropped."""

    def counters(self) -> Counters:
        """Every hop's counters now."""

    def queues(self) -> list[Queue]:
        """Both streams now."""


@dataclass(frozen=True, slots=True)
class NativeSite:
    """The native programs of a home."""

    home: Home
    supervisor: Supervisor
    state: State

    @classmethod
    def of(cls, home: Home) -> NativeSite:
        """What runs in a home.

        Raises:
            MachineError: nothing does.
        """
        supervisor, state = Supervisor.find(home), State.load(home)
        if supervisor is None or state is None:
            raise MachineError("nothing runs here", hint="kit up")
        return cls(home, supervisor, state)

    @property
    def urls(self) -> Mapping[str, str]:
        """See `Site`."""
        return self.state.urls

    @property
    def propagation(self) -> str:
        """See `Site`."""
        return self.state.propagation

    @property
    def sampled(self) -> bool:
        """See `Site`."""
        return self.state.sampled

    def counters(self) -> Counters:
        """See `Site`."""
        return read_counters(self.state, {name: seen.pid for name, seen in self.supervisor.seen().items()})

    def queues(self) -> list[Queue]:
        """See `Site`."""
        return read_queues(self.home)
