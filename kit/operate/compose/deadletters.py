"""Access to the deployment's dead letters, by `kit deadletters` in a container of the kit's own image."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kit.operate.deadletters.answers import LetterAnswer, ReplayedLetter, SpanLetter, letter_of
from kit.operate.deadletters.client import answer_of


@dataclass(frozen=True, slots=True)
class LettersInside:
    """See `kit.operate.runtime.DeadLetters`.

    Attributes:
        ask: Runs a Python module inside and returns its output.
        url: URL of the dead-letter program in the deployment's network.
    """

    ask: Callable[[Iterable[str]], str]
    url: str

    def all(self) -> Sequence[SpanLetter]:
        """See `DeadLetters`."""
        return [letter_of(one) for one in self._answer("list")["letters"]]

    def one(self, id_: str) -> LetterAnswer:
        """See `DeadLetters`."""
        return answer_of(self._answer("show", "--", id_))

    def replay(self, ids: Sequence[str]) -> Sequence[ReplayedLetter]:
        """See `DeadLetters`."""
        which = ["--", *ids] if ids else ["--all"]
        return [ReplayedLetter(**one) for one in self._answer("replay", *which)["replayed"]]

    def _answer(self, verb: str, *arguments: str) -> dict[str, Any]:
        told = self.ask(["kit", "deadletters", verb, "--output", "json", "--at", self.url, *arguments])
        answer: dict[str, Any] = json.loads(told)
        return answer
