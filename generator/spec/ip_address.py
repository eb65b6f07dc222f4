"""IP addresses of this machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import yaml

from generator.spec.problems import STR, Problems, found

_EXPECTED = "an IP address, as 127.0.0.1 or ::1"


@dataclass(frozen=True, slots=True)
class IPAddress:
    """An IPv4 or IPv6 address, without a network, a port or a zone."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The address in its shortest form, without brackets."""
        if not isinstance(node, yaml.ScalarNode) or node.tag != STR:
            return report.add(node, path, found(node), _EXPECTED)
        text = str(node.value)
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            inner = text.removeprefix("[").removesuffix("]")
            fix = f'write "{inner}"' if inner != text and _is_address(inner) else ""
            return report.add(node, path, found(node), _EXPECTED, fix)
        if "%" in text:
            return report.add(node, path, found(node), f"{_EXPECTED}; an address with a zone can't be opened")
        return str(address)

    def schema(self) -> dict[str, Any]:
        """A string in one of two formats."""
        return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
