"""Whether a component is ready: asked of itself, not read off an open port."""

from __future__ import annotations

import http.client
import socket

_TIMEOUT = 2.0
# CQL native protocol v4: the frame of an OPTIONS request, which a server answers once it takes queries.
_CQL_OPTIONS = bytes([0x04, 0x00, 0x00, 0x00, 0x05, 0, 0, 0, 0])
_CQL_SUPPORTED = 0x06


def ready(probe: str, port: int, path: str = "/", host: str = "127.0.0.1") -> bool:
    """Ask once; False when it is not ready or does not answer within two seconds.

    Args:
        probe: `http`, `cql` or `redis`.
        port: where.
        path: for `http`; an answer of 200 to 299 is ready.
        host: where.
    """
    try:
        if probe == "http":
            return _http(host, port, path)
        if probe == "cql":
            reply = _ask(host, port, _CQL_OPTIONS, 9)
            return len(reply) == 9 and reply[4] == _CQL_SUPPORTED
        if probe == "redis":
            return _ask(host, port, b"PING\r\n", 7).startswith(b"+PONG")
    except (OSError, http.client.HTTPException):
        return False
    raise ValueError(f"no probe named {probe}")


def _http(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    finally:
        connection.close()


def _ask(host: str, port: int, request: bytes, length: int) -> bytes:
    with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
        connection.sendall(request)
        reply = b""
        while len(reply) < length and (part := connection.recv(length - len(reply))):
            reply += part
        return reply
