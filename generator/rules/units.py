"""Parse durations and sizes as each program writes them ⇒ seconds and bytes; None if the value is invalid."""

from __future__ import annotations

import re
from typing import Any

_GO_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_GO_PART = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
# Units of Docker, Go (GOMEMLIMIT), Java and ScyllaDB: all are powers of 1024.
_SIZE_UNITS = {
    "": 0,
    "b": 0,
    "k": 10,
    "kb": 10,
    "kib": 10,
    "m": 20,
    "mb": 20,
    "mib": 20,
    "g": 30,
    "gb": 30,
    "gib": 30,
    "t": 40,
    "tb": 40,
    "tib": 40,
}


def seconds(value: Any) -> float | None:
    """Parse a Go or Compose duration such as `30s`, `1h30m` or `500ms` into seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if text in ("0", "0.0"):
        return 0.0
    parts = _GO_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _GO_UNITS[unit] for number, unit in parts)


def size(value: Any) -> int | None:
    """Parse `512m`, `409MiB`, `1g`, `1152M` or a plain number into bytes."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _SIZE.fullmatch(str(value).strip())
    if not match or match[2].lower() not in _SIZE_UNITS:
        return None
    return int(float(match[1]) * (1 << _SIZE_UNITS[match[2].lower()]))


def whole(value: Any) -> int | None:
    """Parse a whole number, also one in text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value) else None


def mib(amount: int) -> str:
    """Format bytes in MiB for a message."""
    return f"{amount / (1 << 20):.4g} MiB" if amount % (1 << 20) else f"{amount >> 20} MiB"


def host_port(address: Any) -> tuple[str, int | None]:
    """Split `host:port` or a URL into host and port; `:port` has an empty host, a missing port is None."""
    text = str(address or "")
    scheme, sign, rest = text.partition("://")
    rest = rest if sign else text
    rest = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port.lstrip(":")
    else:
        host, colon, port = rest.rpartition(":")
        if not colon:
            host, port = rest, ""
    if not port and sign:
        port = {"http": "80", "https": "443"}.get(scheme.lower(), "")
    return host, whole(port)
