"""Ask a component itself whether it is ready: an open port is not enough."""

from __future__ import annotations

import http.client
import socket
import struct

_TIMEOUT = 2.0
# CQL native protocol v4: the frame of an OPTIONS request. A server answers it as soon as it accepts queries.
_CQL_OPTIONS = bytes([0x04, 0x00, 0x00, 0x00, 0x05, 0, 0, 0, 0])
_CQL_SUPPORTED = 0x06
# PostgreSQL protocol 3.0: the startup message. The server answers it before it checks the role.
_POSTGRES_VERSION, _POSTGRES_WHO = 3 << 16, b"user\0postgres\0database\0postgres\0\0"
_POSTGRES_STARTUP = struct.pack("!ii", 8 + len(_POSTGRES_WHO), _POSTGRES_VERSION) + _POSTGRES_WHO
# SQLSTATE cannot_connect_now: the server is starting, stopping or recovering.
_POSTGRES_NOT_YET = b"57P03"
_POSTGRES_LONGEST = 16 << 10


def ready(probe: str, port: int, path: str = "/", host: str = "127.0.0.1") -> bool:
    """Ask once; return False when it is not ready or does not answer within two seconds.

    Args:
        probe: `http`, `cql`, `redis` or `postgres`.
        port: its port.
        path: for `http`: an answer with status 200 to 299 means ready.
        host: its host.
    """
    try:
        if probe == "http":
            return _http(host, port, path)
        if probe == "cql":
            reply = _ask(host, port, _CQL_OPTIONS, 9)
            return len(reply) == 9 and reply[4] == _CQL_SUPPORTED
        if probe == "redis":
            return _ask(host, port, b"PING\r\n", 7).startswith(b"+PONG")
        if probe == "postgres":
            return _postgres(host, port)
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


def _postgres(host: str, port: int) -> bool:
    """Decide like `pg_isready`: a server that refuses this session is ready, except with `cannot_connect_now`."""
    with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
        connection.sendall(_POSTGRES_STARTUP)
        head = _read(connection, 5)
        if len(head) < 5:
            return False
        kind, length = head[:1], int.from_bytes(head[1:], "big")
        if kind in (b"R", b"v"):  # AuthenticationXXX and NegotiateProtocolVersion
            return True
        if kind != b"E" or not 4 <= length <= _POSTGRES_LONGEST:
            return False
        fields = _read(connection, length - 4).split(b"\0")
        return b"C" + _POSTGRES_NOT_YET not in fields


def _ask(host: str, port: int, request: bytes, length: int) -> bytes:
    with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
        connection.sendall(request)
        return _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytes:
    """Read `length` bytes; fewer when the connection ends before."""
    reply = b""
    while len(reply) < length and (part := connection.recv(length - len(reply))):
        reply += part
    return reply
