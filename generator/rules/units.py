"""Amounts as each program writes them ⇒ seconds and bytes; None for what is not one."""

from __future__ import annotations

import re
from typing import Any

_GO_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_GO_PART = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
# Docker's, Go's (GOMEMLIMIT), Java's and ScyllaDB's letters: all to the base of 1024.
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
    """Seconds of a Go or Compose duration: `30s`, `1h30m`, `500ms`."""
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
    """Bytes of `512m`, `409MiB`, `1g`, `1152M` or a plain number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _SIZE.fullmatch(str(value).strip())
    if not match or match[2].lower() not in _SIZE_UNITS:
        return None
    return int(float(match[1]) * (1 << _SIZE_UNITS[match[2].lower()]))


def whole(value: Any) -> int | None:
    """A whole number, also as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value) else None


def mib(amount: int) -> str:
    """Bytes for a person, in MiB."""
    return f"{amount / (1 << 20):.4g} MiB" if amount % (1 << 20) else f"{amount >> 20} MiB"


def host_port(address: Any) -> tuple[str, int | None]:
    """Host and port of `host:port` or of a URL; an empty host for `:port`, no port where none is said."""
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
