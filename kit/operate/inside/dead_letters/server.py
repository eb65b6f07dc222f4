"""The HTTP server: it receives OTLP, and serves the letters to `kit deadletters`.

| path | answer |
| --- | --- |
| POST /v1/traces | an OTLP request |
| GET /healthz | `ok` while it runs |
| GET /metrics | its counters |
| GET /letters | all letters, without their spans |
| GET /letters/ID | a letter with its spans |
| POST /letters/ID/replay | the result of sending it again |
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import asdict
from typing import Any

from kit.operate.inside.dead_letters.counts import Counts
from kit.operate.inside.dead_letters.entrance import PROTOBUF, JaegerAnswer
from kit.operate.inside.dead_letters.examine import UndecidedError
from kit.operate.inside.dead_letters.forward import Forwarder
from kit.operate.inside.dead_letters.letterbox import Letterbox
from kit.operate.inside.dead_letters.room import Room
from kit.operate.inside.dead_letters.wire import MalformedRequestError, read

# A larger body is forwarded as it arrives and can't be split. The collector accepts requests of at most 8 MiB; only
# its sampling joins several into a larger one.
LARGEST_BODY = 16 << 20
_PASSED_ON = ("content-type", "content-encoding", "content-length")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class TooLargeError(Exception):
    """Raised when a body without a declared length is too large for memory."""


class SenderLeftError(Exception):
    """Raised when the connection is closed before the whole body has arrived."""


class Server:
    """An ASGI application."""

    def __init__(self, forwarder: Forwarder, letters: Letterbox, counts: Counts, room: Room) -> None:
        self._forwarder, self._letters, self._counts, self._room = forwarder, letters, counts, room

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except TooLargeError:
            answer = _text(413, f"the body is larger than {LARGEST_BODY} bytes")
        except SenderLeftError:
            return
        except Exception as error:
            # For example a full disk. The collector drops a request after 500, but keeps it after 503.
            sys.stderr.write(f"error: {type(error).__name__}: {error}; the sender keeps its request\n")
            answer = _text(503, f"{type(error).__name__}: {error}")
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status or 503, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Message, receive: Receive) -> JaegerAnswer:
        method, path = scope["method"], scope["path"]
        if (method, path) == ("POST", "/v1/traces"):
            return await self._traces(scope, receive)
        if (method, path) == ("GET", "/healthz"):
            return _text(200, "ok")
        if (method, path) == ("GET", "/metrics"):
            return JaegerAnswer(
                200, body=self._counts.text(), headers={"content-type": "text/plain; version=0.0.4"}
            )
        if (method, path) == ("GET", "/letters"):
            return _json(200, {"letters": [asdict(head) for head in self._letters.heads()]})
        _, _, id_ = path.partition("/letters/")
        if id_ and method == "GET":
            return self._letter(id_)
        if id_.endswith("/replay") and method == "POST":
            return await self._replay(id_.removesuffix("/replay"))
        return _text(404, "there is no such path")

    async def _traces(self, scope: Message, receive: Receive) -> JaegerAnswer:
        said = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        passed = {name: said[name] for name in _PASSED_ON if name in said}
        size = _size(said)
        if size > LARGEST_BODY:
            return await self._forwarder.pass_on(_parts(receive), passed)
        async with self._room.of(size):
            body = await _body(receive)
            if said.get("content-type") == PROTOBUF and "content-encoding" not in said:
                return await self._forwarder.take(body)
            return await self._forwarder.pass_on(body, passed)

    def _letter(self, id_: str) -> JaegerAnswer:
        head = next((one for one in self._letters.heads() if one.id == id_), None)
        if head is None:
            return _no_letter(id_)
        data = self._letters.data(id_)
        try:
            spans = [asdict(names) for names in read(data).names()]
        except MalformedRequestError:
            spans = []
        return _json(200, {**asdict(head), "contents": spans, "data": base64.b64encode(data).decode()})

    async def _replay(self, id_: str) -> JaegerAnswer:
        try:
            done = await self._forwarder.replay(id_)
        except KeyError:
            return _no_letter(id_)
        except UndecidedError as error:
            return _json(503, {"error": f"the replay did not finish: {error}"})
        except MalformedRequestError as error:
            return _json(422, {"error": f"the letter is not an OTLP request: {error}"})
        return _json(200, {"written": done.written, "kept": asdict(done.kept) if done.kept else None})


def _size(headers: Mapping[str, str]) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isdecimal() else LARGEST_BODY


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    total = 0
    async for part in _parts(receive):
        parts.append(part)
        total += len(part)
        if total > LARGEST_BODY:
            raise TooLargeError
    return b"".join(parts)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderLeftError
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _text(status: int, text: str) -> JaegerAnswer:
    return JaegerAnswer(status, body=f"{text}\n".encode(), headers={"content-type": "text/plain"})


def _json(status: int, document: Mapping[str, Any]) -> JaegerAnswer:
    return JaegerAnswer(
        status, body=json.dumps(document).encode(), headers={"content-type": "application/json"}
    )


def _no_letter(id_: str) -> JaegerAnswer:
    return _json(404, {"error": f"there is no dead letter {id_}"})
