"""Stand-in for redis_exporter and postgres_exporter in tests: whether their server accepts connections.

It takes the place of images that can't be pulled, under the rendered command and environment. It refuses a flag that
the official program does not have. Standard library only.
"""

from __future__ import annotations

import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Flags that are rendered, as in main.go of redis_exporter 1.91 and the README of postgres_exporter 0.20.
FLAGS = {
    "redis": {
        "redis.addr", "web.listen-address", "check-single-streams", "streams-exclude-consumer-metrics",
        "exclude-latency-histogram-metrics", "redis-only-metrics",
    },
    "postgres": {"web.listen-address", "no-collector.settings"},
}  # fmt: skip
HEALTH = {"redis": "/health", "postgres": "/"}
METRIC = {"redis": "redis_up", "postgres": "pg_up"}


def main(kind: str, words: list[str]) -> None:
    """Serve until killed."""
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in words)
    if unknown := flags.keys() - FLAGS[kind]:
        sys.exit(f"flag provided but not defined: {', '.join(sorted(unknown))}")
    where = flags["redis.addr"] if kind == "redis" else "postgres://" + os.environ["DATA_SOURCE_URI"]
    server = urlsplit(where)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in ("/metrics", HEALTH[kind]):
                self.send_error(404)
                return
            text = f"{METRIC[kind]} {_accepts(server.hostname, server.port)}\nkit_test_stand_in 1\n"
            body = text.encode() if self.path == "/metrics" else b"ok"
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    host, _, port = flags["web.listen-address"].rpartition(":")
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


def _accepts(host: str | None, port: int | None) -> int:
    try:
        socket.create_connection((host, port), 2).close()
    except OSError:
        return 0
    return 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
