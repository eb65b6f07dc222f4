"""The section `ports`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, make_dataclass, replace

from generator.spec.ip_address import IPAddress
from generator.spec.keys import PORT, SpecKey, option, section, section_key
from generator.spec.model import Spec

_DOC = "ports that you connect to"


@dataclass(frozen=True)
class PortsSpec:
    """Ports that users connect to, and their address; each component adds its own."""

    address: str = option(
        IPAddress(),
        "127.0.0.1",
        "address on which Compose publishes them, IPv4 or IPv6 (0.0.0.0 and :: open them to every host that can reach "
        "this machine); natively always 127.0.0.1",
    )

    def __getitem__(self, key: str) -> int:
        port: int = getattr(self, key)
        return port


PORTS = section_key("ports", PortsSpec, _DOC, 900)


@dataclass(frozen=True, slots=True)
class Port:
    """A key of `ports`.

    Attributes:
        key: Name of the key.
        default: Port if the spec does not set the key.
        doc: Description of the port's purpose.
        order: Position in the output of `kit init`; lower numbers come first.
        opened: Function that returns whether a deployment of a spec opens the port; None means always.
    """

    key: str
    default: int
    doc: str
    order: int
    opened: Callable[[Spec], bool] | None = None


def ports_key(ports: Iterable[Port]) -> SpecKey[PortsSpec]:
    """Return the section `ports` with these keys."""
    fields = [
        (port.key, int, option(PORT, port.default, port.doc))
        for port in sorted(ports, key=lambda port: port.order)
    ]
    shape = make_dataclass("PortsSpec", fields, bases=(PortsSpec,), frozen=True)
    return replace(PORTS, declared=section(shape, _DOC))
