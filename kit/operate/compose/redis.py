"""Access to the deployment's Redis, by `kit queues` in a container of the kit's own image."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kit.operate.queues.look import Stream, stream_of
from kit.operate.queues.requeue import Moved


@dataclass(frozen=True, slots=True)
class RedisInside:
    """See `kit.operate.runtime.Queues`.

    Attributes:
        ask: Runs a Python module inside and returns its output.
        url: URL of the Redis in the deployment's network.
    """

    ask: Callable[[Iterable[str]], str]
    url: str

    def streams(self) -> list[Stream]:
        """See `Queues`."""
        return [stream_of(stream) for stream in self._answer()["streams"]]

    def requeue(self, stream: str, ids: Sequence[str]) -> list[Moved]:
        """See `Queues`."""
        which = [word for one in ids for word in ("--id", one)] or ["--all"]
        return [Moved(**moved) for moved in self._answer("requeue", stream, *which)["requeued"]]

    def _answer(self, *arguments: str) -> dict[str, Any]:
        told = self.ask(["kit", "queues", *arguments, "--output", "json", "--redis", self.url])
        answer: dict[str, Any] = json.loads(told)
        return answer
