"""The HTTP server of an exporter: `/metrics` reads its source, `/healthz` answers `ok` while the process runs."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from kit.terminal import say

# Prometheus sends its timeout in this header. A slow source must be reported within it, or the read as a whole fails.
_TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
_SHARE = 0.7
_LONGEST_SECONDS = 7.0
_SHORTEST_SECONDS = 0.1
# Connections that send nothing don't hold a thread for longer.
_IDLE_SECONDS = 120

Read = Callable[[float], Iterable[Metric]]
"""Returns the metrics of a source; its argument is the time that this may take, in seconds."""


def serve(listen: str, read: Read) -> None:
    """Serve until SIGTERM.

    Args:
        listen: `host:port` to listen on.
        read: reads the source; it is called by one thread at a time.

    Raises:
        OSError: The port can't be opened.
    """
    signal.signal(signal.SIGTERM, _stop)
    with server_at(listen, read) as server:
        server.serve_forever()


def server_at(listen: str, read: Read) -> ThreadingHTTPServer:
    """Return the server, which listens but does not answer yet; the arguments are those of `serve`."""
    host, _, port = listen.rpartition(":")
    server = _Server((host, int(port)), _Handler)
    server.read, server.reading = read, threading.Lock()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A thread that waits for a slow source does not hold up the end.
    block_on_close = False
    read: Read
    reading: threading.Lock

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing if the client closed its connection; else one line."""
        del request, client_address
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            say(f"error: {type(error).__name__}: {error}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/healthz":
            self._answer(200, b"ok\n")
        elif path == "/metrics":
            self._metrics()
        else:
            self._answer(404, b"there is no such path\n")

    def log_message(self, *_: object) -> None:
        """Log no requests."""

    def _metrics(self) -> None:
        seconds = budget(self.headers.get(_TIMEOUT_HEADER, ""))
        if not self.server.reading.acquire(timeout=seconds):
            self._answer(503, b"another read is not finished\n")
            return
        try:
            text = generate_latest(_Once(self.server.read, seconds))
        except Exception as error:
            # The source's own failures are metrics. This is a defect, and must not end the exporter.
            say(f"error: the metrics can't be read: {type(error).__name__}: {error}")
            self._answer(500, f"{type(error).__name__}: {error}\n".encode())
            return
        finally:
            self.server.reading.release()
        self._answer(200, text, "text/plain; version=0.0.4; charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Once(Collector):
    def __init__(self, read: Read, seconds: float) -> None:
        self._read, self._seconds = read, seconds

    def collect(self) -> Iterable[Metric]:
        return self._read(self._seconds)


def budget(header: str) -> float:
    """Return the time that a read may take, in seconds: a share of Prometheus's timeout."""
    try:
        seconds = float(header) * _SHARE
    except ValueError:
        return _LONGEST_SECONDS
    # False for a value that is not a number.
    return min(seconds, _LONGEST_SECONDS) if seconds >= _SHORTEST_SECONDS else _SHORTEST_SECONDS


def _stop(*_: object) -> NoReturn:
    sys.exit(0)
