"""Who listens where, and how the others reach it.

Where workloads have hosts of their own, each has its standard ports. On a shared host the ports that people use come
from `ports`, and the rest are counted up from `native.port_base`.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.deployment.platform import Platform
from generator.spec.sections.ports import PortsSpec

LOOPBACK = "127.0.0.1"
ANY = "0.0.0.0"  # noqa: S104  # rendered or compared, never listened on here
# Where a port that is open on all addresses is reached from this machine.
_LOOPBACK_OF = {ANY: LOOPBACK, "::": "::1"}


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a workload opens.

    Attributes:
        component: Its host name, where it has a host of its own.
        name: What is served there.
        port: The standard port.
        published: The key of `ports` under which people reach it; empty when only components do.
        published_port: The port for people where `ports` has no key for it: that of a user's own service.
        native: On a shared host: its distance from `native.port_base`. It must never change, since a deployment that
            runs keeps its ports; -1 for a port that people use, or that no native program opens.
    """

    component: str
    name: str
    port: int
    published: str = ""
    published_port: int = 0
    native: int = -1


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses of one deployment.

    Attributes:
        platform: What the target can do.
        ports: The ports for people.
        port_base: The first of the ports that workloads on a shared host use among themselves.
    """

    platform: Platform
    ports: PortsSpec
    port_base: int

    def bind(self, listener: Listener) -> str:
        """`host:port` to listen on."""
        return f"{self.platform.binds}:{self.port(listener)}"

    def bind_host(self) -> str:
        """The host alone, for configs that take it apart."""
        return self.platform.binds

    def reach(self, listener: Listener) -> str:
        """`host:port` under which another component finds it."""
        host = LOOPBACK if self.platform.shares_host else listener.component
        return f"{host}:{self.port(listener)}"

    def port(self, listener: Listener) -> int:
        """The port it has where it runs."""
        if not self.platform.shares_host:
            return listener.port
        if listener.published:
            return self.published(listener)
        if listener.native < 0:
            raise ValueError(f"{listener.component}: no native port for {listener.name}")
        return self.port_base + listener.native

    def published(self, listener: Listener) -> int:
        """The port on this machine for people."""
        return listener.published_port or self.ports[listener.published]

    def url(self, listener: Listener) -> str:
        """The address for a person's browser or command on this machine."""
        return f"http://{self.reached_at(listener)}"

    def reached_at(self, listener: Listener) -> str:
        """`host:port` under which a person's command on this machine reaches it."""
        host = _LOOPBACK_OF.get(self.published_on, self.published_on)
        return f"{_bracketed(host)}:{self.published(listener)}"

    @property
    def published_on(self) -> str:
        """The address of this machine that ports for people are open on, without brackets."""
        return self.platform.opens

    def opened(self, listener: Listener) -> str:
        """`host:port` of this machine on which a port for people is open."""
        return f"{_bracketed(self.published_on)}:{self.published(listener)}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
