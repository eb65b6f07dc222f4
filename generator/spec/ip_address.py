"""IP addresses in a spec."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import yaml

from generator.spec.problems import STR, Problems, found

# The forms that `ipaddress` reads. Not JSON Schema's formats: without a plug-in, Ajv refuses a schema with them.
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"({_BYTE}\.){{3}}{_BYTE}"
_GROUP = "[0-9A-Fa-f]{1,4}"
_LAST = f"({_GROUP}:{_GROUP}|{_IPV4})"
_IPV6 = "|".join(
    [
        f"({_GROUP}:){{6}}{_LAST}",
        f"::({_GROUP}:){{0,5}}{_LAST}",
        *(f"({_GROUP}:){{1,{before}}}(:{_GROUP}){{0,{5 - before}}}:{_LAST}" for before in range(1, 5)),
        f"({_GROUP}:){{1,5}}:{_LAST}",
        f"({_GROUP}:){{1,6}}:{_GROUP}",
        f"({_GROUP}:){{1,7}}:",
        f"::{_GROUP}",
        "::",
    ]
)
_EXPECTED = "an IP address, such as 127.0.0.1 or ::1"


@dataclass(frozen=True, slots=True)
class IPAddress:
    """An IPv4 or IPv6 address, without a network, a port or a zone."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the address in its shortest form, without brackets."""
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
            return report.add(node, path, found(node), f"{_EXPECTED}, without a zone")
        return str(address)

    def schema(self) -> dict[str, Any]:
        """Return a schema of a string with a pattern."""
        return {"type": "string", "pattern": f"^({_IPV4}|{_IPV6})$"}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
