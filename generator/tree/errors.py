"""What stands in the way of writing rendered files."""

from __future__ import annotations


class TreeError(Exception):
    """Files can't be read or written as they are.

    Attributes:
        message: what, where and why.
        hint: the next step.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
