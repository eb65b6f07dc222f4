"""Errors that end a command with a message, a next step and an exit code.

- KitError is the base class.
- UserError (1): the user's input or files are wrong.
- UsageError (2): an option has an invalid value.
- MachineError (3): a port, a program, a network or a service is the problem.
- NotEnoughDataError (5): there is too little data for an answer.
"""

from __future__ import annotations


class KitError(Exception):
    """Base of the errors that a command reports.

    Attributes:
        message: The problem, its place and its cause, in one or more lines.
        hint: Next step; empty if there is none.
        exit_code: Exit code of the process.
    """

    exit_code = 4

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(KitError):
    """Raised when a file or an argument is wrong, or a hand edit would be overwritten."""

    exit_code = 1


class UsageError(KitError):
    """Raised when an option has an invalid value."""

    exit_code = 2


class MachineError(KitError):
    """Raised when the machine is the problem: a used port, a missing program, a service that is down."""

    exit_code = 3


class NotEnoughDataError(KitError):
    """Raised when there is too little data for an answer."""

    exit_code = 5
