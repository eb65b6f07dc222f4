"""The answers of `kit deadletters`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar


@dataclass(frozen=True, slots=True)
class SpanLetter:
    """A dead letter: spans of one OTLP request that the storage refused."""

    id: Annotated[str, "id of the dead letter"]
    at: Annotated[str, "time at which it was put aside, UTC"]
    reason: Annotated[str, "reason, in a word or two"]
    error: Annotated[str, "Jaeger's error for the first span, without the statement"]
    spans: Annotated[int, "number of spans, 0 if it is not an OTLP request"]
    services: Annotated[Sequence[Annotated[str, "service"]], "services that sent the spans, at most five"]
    names: Annotated[Sequence[Annotated[str, "name"]], "names of the spans, at most five"]
    bytes: Annotated[int, "size of its file"]


@dataclass(frozen=True, slots=True)
class LetterSpan:
    """A span of a dead letter."""

    trace_id: Annotated[str, "trace id, in hexadecimal digits"]
    span_id: Annotated[str, "span id, in hexadecimal digits"]
    name: Annotated[str, "name, with U+FFFD for each byte that is not UTF-8"]
    service: Annotated[str, "service that sent it"]
    bytes: Annotated[int, "size of the span in OTLP"]


@dataclass(frozen=True, slots=True)
class ReplayedLetter:
    """Result of sending a dead letter again."""

    id: Annotated[str, "id of the dead letter"]
    written: Annotated[int, "spans that are in the storage now"]
    kept: Annotated[str | None, "id of the dead letter with the spans that were refused again, or null"]


@dataclass(frozen=True, slots=True)
class LettersAnswer:
    """All dead letters of the deployment."""

    KIND: ClassVar = "deadletters.list"

    letters: Annotated[Sequence[SpanLetter], "dead letters, oldest first"]


@dataclass(frozen=True, slots=True)
class LetterAnswer:
    """One dead letter with its spans."""

    KIND: ClassVar = "deadletters.show"

    letter: Annotated[SpanLetter, "summary of the dead letter"]
    spans: Annotated[Sequence[LetterSpan], "spans, in the order of sending"]
    data: Annotated[str, "the spans as an OTLP request in protobuf, base64"]


@dataclass(frozen=True, slots=True)
class LettersReplayedAnswer:
    """The dead letters that were sent to Jaeger again."""

    KIND: ClassVar = "deadletters.replay"

    replayed: Annotated[Sequence[ReplayedLetter], "dead letters, in the order of sending"]


def letter_of(document: Mapping[str, Any]) -> SpanLetter:
    """Parse a letter of the program or of `kit deadletters list --output json`."""
    return SpanLetter(**document)
