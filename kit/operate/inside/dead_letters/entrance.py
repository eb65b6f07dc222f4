"""Client of Jaeger's receivers: one with a queue, and one that tries at once and answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

PROTOBUF = "application/x-protobuf"
# Kept parts of a refusal, in bytes: its beginning names the failed step, its end the cause. The statement of up to
# 20 MiB between them is dropped.
_BEGINNING, _END = 1 << 10, 32 << 10
# The whole body, or its parts as they arrive.
Body = bytes | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class JaegerAnswer:
    """Jaeger's answer to a request.

    Attributes:
        status: HTTP status; 0 if Jaeger did not answer.
        text: Reason of a refusal.
        body: Unchanged body of the answer.
        headers: Headers of the answer.
    """

    status: int
    text: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def written(self) -> bool:
        """Whether the storage has all spans of the request."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether Jaeger answered with an error."""
        return self.status >= 400


class Entrance:
    """One of Jaeger's receivers."""

    def __init__(self, client: httpx.AsyncClient, url: str, timeout: float) -> None:
        self._client, self._url, self._timeout = client, f"{url.rstrip('/')}/v1/traces", timeout

    async def send(self, body: Body, headers: Mapping[str, str] | None = None) -> JaegerAnswer:
        """Send a request. Failures are returned as an answer, not raised."""
        import httpx

        said = headers or {"content-type": PROTOBUF}
        try:
            async with self._client.stream(
                "POST", self._url, content=body, headers=said, timeout=self._timeout
            ) as answer:
                content = await _both_ends(answer)
        except httpx.HTTPError as error:
            return JaegerAnswer(0, f"{type(error).__name__}: {error}")
        text = _message(content).decode("utf-8", "replace") if answer.status_code >= 400 else ""
        kind = answer.headers.get("content-type", PROTOBUF)
        return JaegerAnswer(answer.status_code, text, content, {"content-type": kind})


def _message(content: bytes) -> bytes:
    """Return a refusal's text: the message in a google.rpc.Status (protobuf: code, then message), else all of it."""
    if content[:1] != b"\x08" or content[2:3] != b"\x12":
        return content
    at = 3
    while at < len(content) and content[at] & 0x80:
        at += 1
    return content[at + 1 :]


async def _both_ends(answer: httpx.Response) -> bytes:
    """Return an answer's body; of a long body only the beginning and the end."""
    beginning, end = b"", b""
    async for part in answer.aiter_bytes():
        room = _BEGINNING - len(beginning)
        beginning, end = beginning + part[:room], (end + part[room:])[-_END:]
    return beginning + end
