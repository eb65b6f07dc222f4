"""One log line when a server stops to answer, and one when it answers again."""

from __future__ import annotations

from kit.terminal import say


class Reachability:
    """Whether a server answered the last time."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._problem = ""

    def answers(self) -> None:
        """Log that the server answers, if it did not before."""
        if self._problem:
            say(f"{self._server} answers again")
        self._problem = ""

    def fails(self, problem: str) -> None:
        """Log the problem, unless the server already failed before."""
        if not self._problem:
            say(f"{self._server} does not answer: {problem}")
        self._problem = problem or "unknown"
