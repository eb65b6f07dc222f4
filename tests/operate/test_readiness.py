"""The probe of PostgreSQL: what a server answers to the beginning of a session, byte by byte, and a real one."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from kit.operate.readiness import ready
from tests.native.postgresql import postgresql

REAL_PORT = 32_190


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", 4 + len(body)) + body


def error(state: str) -> bytes:
    return message(b"E", b"SFATAL\0VFATAL\0C" + state.encode() + b"\0Mno session\0\0")


@contextmanager
def server_that_answers(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that reads the message that begins a session, answers and closes; yields what it has read, too."""
    read: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as connection:
                (length,) = struct.unpack("!i", connection.recv(4))
                read.append(connection.recv(length - 4))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1], read
        thread.join()


@pytest.mark.parametrize(
    ("answer", "is_ready"),
    [
        (message(b"R", struct.pack("!i", 0)), True),
        (message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0"), True),
        (message(b"v", struct.pack("!ii", 0, 0)), True),
        (error("57P03"), False),
        (error("28000"), True),
        (error("53300"), True),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
        (b"E\x7f\xff\xff\xff", False),
        (b"R", False),
        (b"", False),
    ],
    ids=["trusts", "wants a password", "other version", "starts up", "refuses the role", "is full", "HTTP",
         "endless message", "cut off", "silent"],
)  # fmt: skip
def test_a_session_is_begun_and_its_first_answer_judged(answer: bytes, is_ready: bool) -> None:
    with server_that_answers(answer) as (port, read):
        assert ready("postgres", port) == is_ready
    assert read == [struct.pack("!i", 3 << 16) + b"user\0postgres\0database\0postgres\0\0"]


def test_nobody_there() -> None:
    assert not ready("postgres", 1)


def test_a_real_postgresql_is_ready_while_it_runs() -> None:
    with postgresql(REAL_PORT) as url:
        port = urlsplit(url).port
        assert port is not None
        assert ready("postgres", port)
    assert not ready("postgres", REAL_PORT)
