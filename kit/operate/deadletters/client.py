"""HTTP client of the program that keeps the dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kit.errors import MachineError, UserError
from kit.operate.deadletters.answers import LetterAnswer, LetterSpan, ReplayedLetter, SpanLetter, letter_of
from kit.operate.runtimes import running

if TYPE_CHECKING:
    from kit.operate.runtime import DeadLetters

# A replay may split a letter again and retry for some seconds.
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LettersAt:
    """Dead letters that are reachable from here; see `kit.operate.runtime.DeadLetters`."""

    url: str

    def all(self) -> Sequence[SpanLetter]:
        """See `DeadLetters`."""
        return [letter_of(one) for one in self._ask("GET", "/letters")["letters"]]

    def one(self, id_: str) -> LetterAnswer:
        """See `DeadLetters`."""
        found = self._ask("GET", f"/letters/{quote(id_, safe='')}")
        spans = [LetterSpan(**one) for one in found.pop("contents")]
        data = str(found.pop("data"))
        return LetterAnswer(letter_of(found), spans, data)

    def replay(self, ids: Sequence[str]) -> Sequence[ReplayedLetter]:
        """See `DeadLetters`."""
        done = []
        for id_ in ids or [letter.id for letter in self.all()]:
            answer = self._ask("POST", f"/letters/{quote(id_, safe='')}/replay")
            kept = answer["kept"]
            done.append(ReplayedLetter(id_, answer["written"], kept["id"] if kept else None))
        return done

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        import httpx

        try:
            with httpx.Client(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
                answer = client.request(method, f"{self.url.rstrip('/')}{path}")
            document: dict[str, Any] = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise MachineError(
                f"the program that keeps the dead letters does not answer at {self.url}: {error}",
                hint="kit status; kit logs dead-letters",
            ) from None
        if answer.status_code == 404:
            raise UserError(str(document["error"]), hint="kit deadletters list")
        if answer.status_code >= 400:
            raise MachineError(str(document["error"]), hint="kit doctor")
        return document


def letters_at(url: str, spec: Path) -> DeadLetters:
    """Return the dead letters at a URL, else those of the deployment that runs in the spec's folder.

    Raises:
        MachineError: No URL is given, and nothing runs in the folder.
        UserError: The deployment keeps no dead letters.
    """
    return LettersAt(url) if url else running(spec).deadletters


def no_letters() -> UserError:
    """Return the error for a deployment without the dead-letters program."""
    return UserError(
        "this deployment keeps no dead letters",
        hint="set dead_letters: {enabled: true} in kit.yaml, then run kit up",
    )


def answer_of(document: Mapping[str, Any]) -> LetterAnswer:
    """Parse a letter of `kit deadletters show --output json`."""
    spans = [LetterSpan(**one) for one in document["spans"]]
    return LetterAnswer(letter_of(document["letter"]), spans, str(document["data"]))
