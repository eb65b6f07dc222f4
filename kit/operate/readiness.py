"""Whether a component is ready: asked of itself, not read off an open port."""

from __future__ import annotations

import http.client
import socket
import struct

_TIMEOUT = 2.0
# CQL native protocol v4: the frame of an OPTIONS request, which a server answers once it takes queries.
_CQL_OPTIONS = bytes([0x04, 0x00, 0x00, 0x00, 0x05, 0, 0, 0, 0])
_CQL_SUPPORTED = 0x06
# PostgreSQL protocol 3.0: the message that begins a session. Its answer comes before the role is looked at.
_POSTGRES_VERSION, _POSTGRES_WHO = 3 << 16, b"user\0postgres\0database\0postgres\0\0"
_POSTGRES_STARTUP = struct.pack("!ii", 8 + len(_POSTGRES_WHO), _POSTGRES_VERSION) + _POSTGRES_WHO
# SQLSTATE cannot_connect_now: it starts, stops, or recovers.
_POSTGRES_NOT_YET = b"57P03"
_POSTGRES_LONGEST = 16 << 10


def ready(probe: str, port: int, path: str = "/", host: str = "127.0.0.1") -> bool:
    """Ask once; False when it is not ready or does not answer within two seconds.

    Args:
        probe: `http`, `cql`, `redis` or `postgres`.
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
    """Judge as `pg_isready` does: a server that refuses this session takes others, unless it takes none now."""
    with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
        connection.sendall(_POSTGRES_STARTUP)
        head = _read(connection, 5)
        if len(head) < 5:
            return False
        kind, length = head[:1], int.from_bytes(head[1:], "big")
        if kind in (b"R", b"v"):  # how to prove who one is; another version of the protocol
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
    """At most so many bytes; fewer when the connection ends before."""
    reply = b""
    while len(reply) < length and (part := connection.recv(length - len(reply))):
        reply += part
    return reply
