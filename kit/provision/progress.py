"""What a person sees while native parts are obtained."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal, Protocol, TextIO

State = Literal["waiting", "step", "running", "ready", "stopped"]


@dataclass(frozen=True)
class Event:
    """Something happened while a part was obtained.

    Attributes:
        state: `waiting` for another process that makes the same part; a new `step` begins; it is still
            `running` (several times a second); the part is `ready`, or making it `stopped` by an error that
            `provision` raises.
        title: the part: "Jaeger 2.13.0".
        number: which of the parts that had to be obtained, from 1.
        total: how many have to be obtained.
        step: what is being done; empty for the other states.
        elapsed: seconds since this part was begun.
        usual: seconds that the whole part usually takes.
        detail: how far the step is, as "312 of 1,204 packages"; empty when that is not known.
        log: the path of the step's log; empty when it has none.
    """

    state: State
    title: str
    number: int
    total: int
    step: str
    elapsed: float
    usual: int
    detail: str = ""
    log: str = ""


class Progress(Protocol):
    """Told of every event, from the thread that called `provision`."""

    def __call__(self, event: Event, /) -> None:
        """Take note of `event`; must return quickly."""


def silent(event: Event, /) -> None:
    """Say nothing."""


_EVERY_SECONDS = 5.0


class TextProgress:
    """On a terminal, one line that counts the seconds; elsewhere a line for each step, and one every few seconds."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._shown = ""
        self._shown_at = 0.0

    def __call__(self, event: Event, /) -> None:
        """Write the event, unless it would change nothing that can be seen."""
        if event.state == "stopped":
            # What follows, such as the error, starts on its own line.
            if self._live:
                self._write("\n")
            return
        text = self._text(event)
        if self._live:
            text = text[: self._columns() - 1]
            if event.state == "ready":
                self._write(f"\r\x1b[K{text}\n")
            elif text != self._shown:
                self._write(f"\r\x1b[K{text}")
        elif text != self._shown and (
            event.state != "running" or event.elapsed >= self._shown_at + _EVERY_SECONDS
        ):
            self._write(f"{text}\n")
        else:
            return
        self._shown, self._shown_at = text, event.elapsed

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _columns(self) -> int:
        # A line that wraps could not be written over.
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _text(self, event: Event) -> str:
        head = f"[{event.number}/{event.total}] {event.title}: "
        if event.state == "ready":
            return f"{head}ready after {duration(event.elapsed)}"
        doing = "waiting for another process that is making it" if event.state == "waiting" else event.step
        usual = f"usually {duration(event.usual)} in all"
        detail = f", {event.detail}" if event.detail else ""
        if self._live:
            return f"{head}{doing} … {duration(event.elapsed)}{detail} ({usual})"
        if event.state == "running":
            log = f"; log: {event.log}" if event.log else ""
            return f"{head}{doing} … {duration(event.elapsed)}{detail}{log}"
        return f"{head}{doing} ({usual})"


def duration(seconds: float) -> str:
    """`42 s`, `3 min`, `4 min 10 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
