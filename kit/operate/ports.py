"""Ports of this machine: which are taken, by whom, and which is free next to one."""

from __future__ import annotations

import contextlib
import socket

_LAST_PORT = 65535


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if family == socket.AF_INET6:
            # As Docker opens it: `::` alone leaves the IPv4 port of the same number to others.
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # As servers do: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(port: int, avoid: set[int], host: str = "127.0.0.1") -> int | None:
    """The next free port above one, not one of `avoid`."""
    return next((p for p in range(port + 1, _LAST_PORT) if p not in avoid and is_free(p, host)), None)


def owner(port: int) -> str:
    """Who holds a port, as far as this user may know: `nginx (pid 812)`; empty when hidden.

    It may be a connection's own end: the system gives those the ports from 32768 on.
    """
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            if connection.pid and address and address.port == port:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""
