"""The text output of `kit deadletters`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from kit.operate.deadletters.answers import LetterAnswer, ReplayedLetter, SpanLetter
from kit.terminal import bold, dim, say

_SHOWN = 100


def letter_lines(letters: Sequence[SpanLetter]) -> Iterator[str]:
    """Yield all dead letters as text."""
    if not letters:
        say("no dead letters: the storage accepted every span that it received")
        return
    width = max(len(letter.id) for letter in letters)
    yield bold(f"{'letter':<{width}} {'spans':>6} {'bytes':>9}  reason, service, span", sys.stdout)
    for letter in letters:
        what = ", ".join((letter.reason, *letter.services[:1], *map(_short, letter.names[:1])))
        yield f"{letter.id:<{width}} {letter.spans:>6} {letter.bytes:>9}  {what}"
    say(f"  next: kit deadletters show {letters[-1].id}")


def contents_lines(answer: LetterAnswer) -> Iterator[str]:
    """Yield one dead letter as text."""
    letter = answer.letter
    yield bold(f"{letter.id}: {letter.reason}, {letter.spans} spans, {letter.bytes} bytes", sys.stdout)
    yield f"  put aside {letter.at}"
    yield f"  error from Jaeger: {letter.error or '(none)'}"
    for span in answer.spans[:_SHOWN]:
        yield f"  {span.trace_id} {span.span_id} {span.bytes:>9} bytes  {span.service}: {_short(span.name)}"
    if len(answer.spans) > _SHOWN:
        yield dim(f"  and {len(answer.spans) - _SHOWN} more", sys.stdout)
    say(f"  next: kit deadletters replay {letter.id}")


def replayed_lines(replayed: Sequence[ReplayedLetter]) -> Iterator[str]:
    """Yield the results of a replay as text."""
    for one in replayed:
        rest = f"; the others were refused again and are in {one.kept}" if one.kept else ""
        yield f"{one.id}: {one.written} written{rest}"
    if not replayed:
        say("no dead letters: nothing was sent")


def _short(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return shown if len(shown) <= 60 else shown[:59] + "…"
