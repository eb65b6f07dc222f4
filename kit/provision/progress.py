"""Progress output while native parts are obtained."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal, Protocol, TextIO

State = Literal["waiting", "step", "running", "ready", "stopped"]


@dataclass(frozen=True)
class Event:
    """An event while a part is obtained.

    Attributes:
        state: Kind of the event. `waiting`: another process makes the same part. `step`: a new step begins.
            `running`: the step is still running (several times a second). `ready`: the part is complete.
            `stopped`: making it failed with an error that `provision` raises.
        title: Title of the part, such as "Jaeger 2.13.0".
        number: Position of the part among those to obtain, from 1.
        total: Number of parts to obtain.
        step: Name of the current step; empty for the states without one.
        elapsed: Seconds since the start of this part.
        usual: Usual time for the whole part, in seconds.
        detail: Progress of the step, such as "312 of 1,204 packages"; empty if unknown.
        log: Path of the step's log; empty without one.
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
    """Receives every event, in the thread that called `provision`."""

    def __call__(self, event: Event, /) -> None:
        """Handle `event`; must return quickly."""


def silent(event: Event, /) -> None:
    """Print nothing."""


_EVERY_SECONDS = 5.0


class TextProgress:
    """Print the progress: on a terminal one line that counts seconds, else a line per step and every few seconds."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._shown = ""
        self._shown_at = 0.0

    def __call__(self, event: Event, /) -> None:
        """Print the event, unless the output would not change."""
        if event.state == "stopped":
            # The next output, such as the error, must start on its own line.
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
        # A wrapped line can't be overwritten.
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _text(self, event: Event) -> str:
        head = f"[{event.number}/{event.total}] {event.title}: "
        if event.state == "ready":
            return f"{head}ready after {duration(event.elapsed)}"
        doing = "waiting for another process that is making it" if event.state == "waiting" else event.step
        usual = f"usually {duration(event.usual)} in total"
        detail = f", {event.detail}" if event.detail else ""
        if self._live:
            return f"{head}{doing} … {duration(event.elapsed)}{detail} ({usual})"
        if event.state == "running":
            log = f"; log: {event.log}" if event.log else ""
            return f"{head}{doing} … {duration(event.elapsed)}{detail}{log}"
        return f"{head}{doing} ({usual})"


def duration(seconds: float) -> str:
    """Format a duration, such as `42 s`, `3 min` or `4 min 10 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
