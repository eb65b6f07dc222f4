"""Ports for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, make_dataclass, replace

from generator.spec.ip_address import IPAddress
from generator.spec.keys import PORT, SpecKey, option, section, section_key
from generator.spec.model import Spec

_DOC = "ports that are open to you"


@dataclass(frozen=True)
class PortsSpec:
    """Ports that are open to you, and the address they are open on; each component brings its own."""

    address: str = option(
        IPAddress(),
        "127.0.0.1",
        "where Compose opens them: IPv4 or IPv6; 0.0.0.0 and :: let everybody in who reaches this machine. "
        "Natively always 127.0.0.1",
    )

    def __getitem__(self, key: str) -> int:
        port: int = getattr(self, key)
        return port


PORTS = section_key("ports", PortsSpec, _DOC, 900)


@dataclass(frozen=True, slots=True)
class Port:
    """A key of `ports`.

    Attributes:
        key: Its name there.
        default: The port when the spec does not set it.
        doc: What it is for.
        order: Its place in `kit init`; lower ones come first.
        opened: Whether a spec has somebody who opens it; None is always.
    """

    key: str
    default: int
    doc: str
    order: int
    opened: Callable[[Spec], bool] | None = None


def ports_key(ports: Iterable[Port]) -> SpecKey[PortsSpec]:
    """Make `ports` with a key for each of these."""
    fields = [
        (port.key, int, option(PORT, port.default, port.doc))
        for port in sorted(ports, key=lambda port: port.order)
    ]
    shape = make_dataclass("PortsSpec", fields, bases=(PortsSpec,), frozen=True)
    return replace(PORTS, declared=section(shape, _DOC))
