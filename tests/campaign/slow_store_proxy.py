"""A CQL proxy in front of a real database that takes only so many statements a second.

It reads the frames of the native protocol, version 4, without compression. Each EXECUTE waits for its turn in one line
for all connections; everything else passes at once. It also counts the writes of spans, copies included: each
is a row that the database has to write, though it is the same row.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from dataclasses import dataclass

_HEADER = 9
_STARTUP, _RESULT, _PREPARE, _EXECUTE = 0x01, 0x08, 0x09, 0x0A
_PREPARED = 4
_WARNINGS = 0x08
_COMPRESSED = 0x01


@dataclass(frozen=True)
class Passed:
    """What has passed so far.

    Attributes:
        statements: Statements of any kind that were executed.
        spans: Writes of the table `traces`, copies included.
        idle: Seconds in which no statement waited for its turn.
        at: When that was, as `time.monotonic` counts.
    """

    statements: int
    spans: int
    idle: float
    at: float


class SlowStore:
    """The proxy: its event loop runs in a thread of its own.

    Attributes:
        port: Where it listens.
        rate: Statements a second; may be set at any time.
    """

    def __init__(self, database: int, rate: float) -> None:
        self.rate = rate
        self._database = database
        self._free_at = 0.0
        self._statements = self._spans = 0
        self._idle = 0.0
        self._span_writes: set[bytes] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> SlowStore:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._socket.close()

    def passed(self) -> Passed:
        """The counts until now."""
        now = time.monotonic()
        return Passed(self._statements, self._spans, self._idle + max(0.0, now - self._free_at), now)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._free_at = time.monotonic()
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, sock=self._socket))
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _connected(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        database, to_database = await asyncio.open_connection("127.0.0.1", self._database)
        prepared: dict[int, bytes] = {}
        for task in (
            asyncio.ensure_future(self._statements_of(client, to_database, prepared)),
            asyncio.ensure_future(self._answers(database, to_client, prepared)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _statements_of(
        self, client: asyncio.StreamReader, database: asyncio.StreamWriter, prepared: dict[int, bytes]
    ) -> None:
        """Pass on what a client asks, each statement when it is its turn."""
        try:
            while True:
                header, body = await _frame(client)
                flags, stream, opcode = header[1], header[2:4], header[4]
                assert not flags & _COMPRESSED, "the proxy reads no compressed frames"
                if opcode == _PREPARE:
                    prepared[int.from_bytes(stream)] = body
                if opcode != _EXECUTE:
                    database.write(header + body)
                    continue
                (length,) = struct.unpack_from(">H", body)
                self._loop.call_at(self._turn(), self._pass_on, database, header + body, body[2 : 2 + length])
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            database.close()

    def _turn(self) -> float:
        """When the next statement may pass, by the loop's clock, which is `time.monotonic`."""
        now = time.monotonic()
        self._idle += max(0.0, now - self._free_at)
        self._free_at = max(self._free_at, now) + 1 / self.rate
        return self._free_at

    def _pass_on(self, database: asyncio.StreamWriter, frame: bytes, statement: bytes) -> None:
        if database.is_closing():
            return
        self._statements += 1
        self._spans += statement in self._span_writes
        database.write(frame)

    async def _answers(
        self, database: asyncio.StreamReader, client: asyncio.StreamWriter, prepared: dict[int, bytes]
    ) -> None:
        """Pass on what the database answers, and learn which prepared statement writes a span."""
        try:
            while True:
                header, body = await _frame(database)
                asked = prepared.pop(int.from_bytes(header[2:4]), b"")
                result = _after_warnings(header[1], body)
                if header[4] == _RESULT and int.from_bytes(result[:4]) == _PREPARED and _writes_a_span(asked):
                    (length,) = struct.unpack_from(">H", result, 4)
                    self._span_writes.add(result[6 : 6 + length])
                client.write(header + body)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            client.close()


async def _frame(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    header = await reader.readexactly(_HEADER)
    return header, await reader.readexactly(int.from_bytes(header[5:9]))


def _after_warnings(flags: int, body: bytes) -> bytes:
    """An answer without the warnings before it, such as Cassandra's of `USE` with prepared statements."""
    if not flags & _WARNINGS:
        return body
    (count,) = struct.unpack_from(">H", body)
    at = 2
    for _ in range(count):
        at += 2 + int.from_bytes(body[at : at + 2])
    return body[at:]


def _writes_a_span(prepare: bytes) -> bool:
    words = prepare[4:].decode(errors="replace").lower().replace("(", " ( ").split()
    return words[:3] == ["insert", "into", "traces"]
