"""`kit deadletters`: what its answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar


@dataclass(frozen=True, slots=True)
class SpanLetter:
    """Spans of one request that the storage refused by themselves."""

    id: Annotated[str, "of the dead letter"]
    at: Annotated[str, "when it was put aside, UTC"]
    reason: Annotated[str, "why, in a word or two"]
    error: Annotated[str, "what Jaeger answered of the first of them, without the statement"]
    spans: Annotated[int, "how many; 0 for what is no OTLP request"]
    services: Annotated[Sequence[Annotated[str, "service"]], "that sent them, at most five"]
    names: Annotated[Sequence[Annotated[str, "name"]], "of the spans, at most five"]
    bytes: Annotated[int, "of its file"]


@dataclass(frozen=True, slots=True)
class LetterSpan:
    """A span of a dead letter."""

    trace_id: Annotated[str, "in hexadecimal digits"]
    span_id: Annotated[str, "in hexadecimal digits"]
    name: Annotated[str, "with U+FFFD for each byte that is not UTF-8"]
    service: Annotated[str, "that sent it"]
    bytes: Annotated[int, "of the span in OTLP"]


@dataclass(frozen=True, slots=True)
class ReplayedLetter:
    """What became of a dead letter that was sent again."""

    id: Annotated[str, "of the dead letter"]
    written: Annotated[int, "spans that the storage has now"]
    kept: Annotated[str | None, "dead letter with the spans that were refused again; null when none was"]


@dataclass(frozen=True, slots=True)
class LettersAnswer:
    """All dead letters of the deployment."""

    KIND: ClassVar = "deadletters.list"

    letters: Annotated[Sequence[SpanLetter], "oldest first"]


@dataclass(frozen=True, slots=True)
class LetterAnswer:
    """One dead letter with its spans."""

    KIND: ClassVar = "deadletters.show"

    letter: Annotated[SpanLetter, "what is known of it"]
    spans: Annotated[Sequence[LetterSpan], "in the order in which they were sent"]
    data: Annotated[str, "the spans as an OTLP request in protobuf, base64"]


@dataclass(frozen=True, slots=True)
class LettersReplayedAnswer:
    """The dead letters that were sent to Jaeger again."""

    KIND: ClassVar = "deadletters.replay"

    replayed: Annotated[Sequence[ReplayedLetter], "in the order in which they were sent"]


def letter_of(document: Mapping[str, Any]) -> SpanLetter:
    """A letter as the program or `kit deadletters list --output json` says it."""
    return SpanLetter(**document)
