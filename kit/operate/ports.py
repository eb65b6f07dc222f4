"""Ports of this machine: whether one is free, which process holds it, and the next free one."""

from __future__ import annotations

import contextlib
import socket

_LAST_PORT = 65535


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if family == socket.AF_INET6:
            # Docker opens `::` for IPv6 only, which leaves the IPv4 port of the same number free.
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Servers set this too: a port with connections in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(port: int, avoid: set[int], host: str = "127.0.0.1") -> int | None:
    """Return the next free port above `port` that is not in `avoid`; None if there is none."""
    return next((p for p in range(port + 1, _LAST_PORT) if p not in avoid and is_free(p, host)), None)


def owner(port: int) -> str:
    """Return the process that holds a port, such as `nginx (pid 812)`; empty if this user may not see it.

    It may be a client: the system gives outgoing connections the ports from 32768 on.
    """
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            if connection.pid and address and address.port == port:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""
