"""A server that says it is Jaeger: it remembers the spans it was sent, and refuses those with a mark in their bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kit.operate.inside.dead_letters.wire import read

PERMANENT = "Failed to insert span: String didn't validate."
GARBLED = '{"code": 13, "message": "failed to marshal error message"}'
UNKNOWN = "Failed to insert span: the moon is full"
STORE = "gocql: no hosts available in the pool"


class _Server(ThreadingHTTPServer):
    # With the default of five, the sixth connection at once waits for a second.
    request_queue_size = 512


class FakeJaeger:
    """Both entrances, at `/queue` and `/at-once`.

    Attributes:
        refusals: What it says of a request by the mark in it.
        kills: A mark that stops it from taking anything for `away` seconds.
        queue_seconds: How long its queue tries before it refuses.
        waits: Seconds that a request waits in its queue before it is written.
        write_seconds: Seconds that the storage takes for each request, by either entrance.
        written: Spans by span id, with how often each was written.
        requests: Paths and sizes, in order.
    """

    def __init__(self) -> None:
        self.refusals: dict[bytes, str] = {}
        self.kills, self.away = b"", 1.0
        self.down = False
        self.queue_seconds = self.waits = self.write_seconds = 0.0
        self.written: dict[str, int] = {}
        self.requests: list[tuple[str, int]] = []
        self._back = 0.0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, body: bytes) -> tuple[int, str]:
        request = read(body)
        with self._lock:
            self.requests.append((path.removesuffix("/v1/traces"), len(body)))
            if self.kills and self.kills in body:
                self._back = time.monotonic() + self.away
            if self.down or time.monotonic() < self._back:
                return 503, STORE
            for mark, text in self.refusals.items():
                if mark in body:
                    return 503, text
            for one in request.names():
                self.written[one.name] = self.written.get(one.name, 0) + 1
        return 200, ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        jaeger = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                time.sleep(jaeger.write_seconds + (jaeger.waits if self.path.startswith("/queue") else 0))
                status, text = jaeger.answer(self.path, body)
                if status != 200 and self.path.startswith("/queue"):
                    time.sleep(jaeger.queue_seconds)
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    @contextmanager
    def serving(self) -> Iterator[FakeJaeger]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
