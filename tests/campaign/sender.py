"""Sends bytes to the collector as a service would, with nothing of an SDK."""

from __future__ import annotations

import gzip
import http.client

_TIMEOUT_SECONDS = 150.0
_COMPRESS_ABOVE = 100_000


def post(port: int, body: bytes) -> int:
    """Send an OTLP request; returns the status, or 0 when no answer came."""
    headers = {"Content-Type": "application/x-protobuf"}
    if len(body) > _COMPRESS_ABOVE:
        body = gzip.compress(body, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/v1/traces", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
