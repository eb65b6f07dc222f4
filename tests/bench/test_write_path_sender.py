"""The sender against servers that answer, refuse, and don't answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench.write_path.encoded import Encoded
from bench.write_path.sender import Sent, send
from bench.write_path.sink import Sink

ENCODED = Encoded(1, 1_795_000_000_000_000)


def _send(port: int, *, seconds: float = 5.0, linger: float = 1.0, most: int = 6) -> Sent:
    return send("127.0.0.1", port, ENCODED, connections=2, seconds=seconds, linger=linger, most=most)


def test_what_is_answered_is_acknowledged() -> None:
    sink = Sink()
    sent = _send(sink.port)
    sink.close()
    assert (sorted(sent.acknowledged), sent.unanswered, sent.refused) == (list(range(6)), [], 0)


def test_what_is_not_answered_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sent = _send(silent.getsockname()[1], seconds=0.2, linger=0.2)
    assert not sent.acknowledged
    assert sorted(sent.unanswered) == [0, 1]


def test_what_is_refused_is_sent_again() -> None:
    with _refusing_once() as port:
        sent = _send(port, most=1)
    assert (sent.acknowledged, sent.refused) == ([0], 1)


@contextmanager
def _refusing_once() -> Iterator[int]:
    answers = iter([b"503 Service Unavailable", b"200 OK"])

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            for answer in answers:
                length = 0
                while (line := stream.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                stream.read(length)
                connection.sendall(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(5)
