"""A cheap closed loop of HTTP requests: the request is prepared, and the length of the answer is read only once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import cast

import uvloop

_LATE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """Result of a load: number of answered requests, and its duration in seconds."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, length: int, until: float, done: asyncio.Event) -> None:
        self._request, self._length, self._until, self._done = request, length, until, done
        self._got = 0
        self.answered = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._got += len(data)
        if self._got < self._length:
            return
        assert self._got == self._length, "the answer has another length"
        self._got = 0
        self.answered += 1
        assert self._transport is not None
        if time.perf_counter() < self._until:
            self._transport.write(self._request)
        else:
            self._transport.close()
            self._done.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._done.set()


def load(port: int, path: str, seconds: float, connections: int = 32) -> Loaded:
    """Request a path over `connections` for some seconds; every answer must have the same length."""
    return uvloop.run(_load(port, path, seconds, connections))


async def _load(port: int, path: str, seconds: float, connections: int) -> Loaded:
    request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()
    length = await _answer_length(port, request)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    workers = []
    for _ in range(connections):
        done = asyncio.Event()
        _, worker = await loop.create_connection(
            lambda done=done: _Connection(request, length, began + seconds, done),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        workers.append((worker, done))
    async with asyncio.timeout(seconds + _LATE_SECONDS):
        await asyncio.gather(*(done.wait() for _, done in workers))
    return Loaded(sum(worker.answered for worker, _ in workers), time.perf_counter() - began)


async def _answer_length(port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    body = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(body)
    writer.close()
    await writer.wait_closed()
    return len(head) + body
