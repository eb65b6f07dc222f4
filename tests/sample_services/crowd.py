"""Many users at once, each on a connection of its own; the usual HTTP clients are slower than the API."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_SECONDS = 300


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


class User:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        head = {
            "Host": "api",
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **(headers or {}),
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        status, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        found = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)
        }
        text = await reader.readexactly(int(found.get("content-length", 0)))
        return Answer(int(status.split()[1]), found, json.loads(text) if text else None)

    def leave(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass(slots=True)
class Rush:
    """What a crowd got.

    Attributes:
        statuses: answers by status.
        unexplained: those answered 429 without a `Retry-After` in whole seconds from 1 on.
        taken: request ids of those answered 202.
        seconds: from the first request to the last answer.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    unexplained: int = 0
    taken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def goodput(self) -> float:
        """Requests taken, per second."""
        return len(self.taken) / self.seconds


async def rush(
    port: int, campaign: str, *, at_once: int, requests: int, again: bool = True, tag: str = ""
) -> Rush:
    """Ask for coupons, each for a user of its own.

    Args:
        port: of coupon_api.
        campaign: the campaign.
        at_once: how many users ask at the same time; each asks for its next one when it has an answer.
        requests: how many coupons are asked for.
        again: whether who is answered 429 comes back as `Retry-After` says.
        tag: in front of the users' names.
    """
    found, numbers = Rush(), iter(range(requests))
    began = time.monotonic()
    await asyncio.gather(*(_user(port, campaign, numbers, found, again, tag) for _ in range(at_once)))
    found.seconds = time.monotonic() - began
    return found


async def _user(port: int, campaign: str, numbers: Iterator[int], found: Rush, again: bool, tag: str) -> None:
    user, deadline = User(port), time.monotonic() + _PATIENCE_SECONDS
    for number in numbers:
        while True:
            answer = await user.ask("POST", f"/campaigns/{campaign}/coupons", {"user_id": f"{tag}u{number}"})
            found.statuses[answer.status] += 1
            if answer.status == 202:
                found.taken.append(answer.body["request_id"])
            after = answer.headers.get("retry-after", "")
            if answer.status != 429:
                break
            if not after.isdecimal() or int(after) < 1:
                found.unexplained += 1
                break
            if not again or time.monotonic() > deadline:
                break
            await asyncio.sleep(int(after))
    user.leave()
