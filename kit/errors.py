"""What the command tells a person when it cannot go on.

KitError                     the text, a next step, an exit code
├── UserError          (1)  the user's input or files
├── UsageError         (2)  an option's value that cannot be read
├── MachineError       (3)  the machine: a port, a program, a network, a service
└── NotEnoughDataError (5)  too little to answer
"""

from __future__ import annotations


class KitError(Exception):
    """Leave with this message.

    Attributes:
        message: what is wrong, where and why; may span lines.
        hint: what to do next; empty when there is nothing to do.
        exit_code: the exit code of the process.
    """

    exit_code = 4

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(KitError):
    """The user's input is wrong: a file, an argument, a hand edit in the way."""

    exit_code = 1


class UsageError(KitError):
    """The command line is wrong: an option has a value that it cannot have."""

    exit_code = 2


class MachineError(KitError):
    """The machine is in the way: a taken port, a missing program, a service that is down."""

    exit_code = 3


class NotEnoughDataError(KitError):
    """There is too little data to give an answer."""

    exit_code = 5
