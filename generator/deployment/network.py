"""Ports and addresses of workloads.

If each workload has its own host, it uses its standard ports. On a shared host, published ports come from `ports`, and
the others are counted from `native.port_base`.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.deployment.platform import Platform
from generator.spec.sections.ports import PortsSpec

LOOPBACK = "127.0.0.1"
ANY = "0.0.0.0"  # noqa: S104  # rendered or compared, never listened on here
# Address at which this machine reaches a port that is open on all addresses.
_LOOPBACK_OF = {ANY: LOOPBACK, "::": "::1"}


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a workload opens.

    Attributes:
        component: Name of the component, and its host name if it has its own host.
        name: Name of the protocol or page served there.
        port: Standard port.
        published: Key of `ports` with its published port; empty if only components use it.
        published_port: Published port of a user's own service, which has no key in `ports`; else 0.
        native: Offset from `native.port_base` on a shared host. It must never change, since a running deployment keeps
            its ports. -1 for a published port, or one that no native program opens.
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
        platform: Capabilities of the target.
        ports: Published ports.
        port_base: First port for traffic between workloads on a shared host.
    """

    platform: Platform
    ports: PortsSpec
    port_base: int

    def bind(self, listener: Listener) -> str:
        """Return the `host:port` to listen on."""
        return f"{self.platform.binds}:{self.port(listener)}"

    def bind_host(self) -> str:
        """Return the host to listen on, for configs with separate host and port."""
        return self.platform.binds

    def reach(self, listener: Listener) -> str:
        """Return the `host:port` at which another component reaches it."""
        host = LOOPBACK if self.platform.shares_host else listener.component
        return f"{host}:{self.port(listener)}"

    def port(self, listener: Listener) -> int:
        """Return the port that it opens on its host."""
        if not self.platform.shares_host:
            return listener.port
        if listener.published:
            return self.published(listener)
        if listener.native < 0:
            raise ValueError(f"{listener.component}: no native port is defined for {listener.name}")
        return self.port_base + listener.native

    def published(self, listener: Listener) -> int:
        """Return its published port on this machine."""
        return listener.published_port or self.ports[listener.published]

    def url(self, listener: Listener) -> str:
        """Return the address for a browser or command on this machine."""
        return f"http://{self.reached_at(listener)}"

    def reached_at(self, listener: Listener) -> str:
        """Return the `host:port` at which a command on this machine reaches it."""
        host = _LOOPBACK_OF.get(self.published_on, self.published_on)
        return f"{_bracketed(host)}:{self.published(listener)}"

    @property
    def published_on(self) -> str:
        """Address of this machine on which published ports are open, without brackets."""
        return self.platform.opens

    def opened(self, listener: Listener) -> str:
        """Return the `host:port` of this machine on which a published port is open."""
        return f"{_bracketed(self.published_on)}:{self.published(listener)}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
