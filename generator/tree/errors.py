"""Errors of reading and writing rendered files."""

from __future__ import annotations


class TreeError(Exception):
    """Raised when rendered files can't be read or written.

    Attributes:
        message: The failure, with its place and reason.
        hint: Next step for the user.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
