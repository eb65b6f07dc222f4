"""Errors of reading and searching traces.

- AnalysisError
    - QuestionError: the question is invalid
        - QuantityError: a duration without a unit, a negative one, …
        - UnknownServiceError: the source has no such service (the hint lists similar names)
        - TraceNotFoundError: the source has no such trace
        - AmbiguousTraceIdError: several trace ids begin with the text
    - FileError: a file cannot be read (path, and line if known)
    - JaegerError: a Jaeger fails (url)
        - JaegerUnreachableError: no connection
        - JaegerTimeoutError: timeout of the connection or of the answer
            - JaegerSlowError: connected, but no answer in time
        - NotJaegerError: the answer is not from a Jaeger
        - JaegerRefusedError: Jaeger's own error, with status and text

Each error has a `message` (what, where, why) and a `hint` (what to do next; may be empty).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class AnalysisError(Exception):
    """Base of all errors of this package.

    Attributes:
        message: Description of the error, with place and reason.
        hint: Next step for the user; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class QuestionError(AnalysisError):
    """Raised when a question is invalid for its source."""


class QuantityError(QuestionError):
    """Raised when a quantity is not written as `<number><unit>`."""


class UnknownServiceError(QuestionError):
    """Raised when the source has no such service.

    Attributes:
        service: The requested name.
        nearest: Known names that are similar, best first.
    """

    def __init__(self, service: str, nearest: Sequence[str], known: Sequence[str], where: str) -> None:
        self.service = service
        self.nearest = tuple(nearest)
        if nearest:
            hint = "did you mean " + " or ".join(nearest) + "?"
        elif known:
            hint = "known services: " + ", ".join(known)
        else:
            hint = "no service has sent a trace there yet"
        super().__init__(f"there is no service {service!r} in {where}", hint=hint)


class TraceNotFoundError(QuestionError):
    """Raised when the source has no such trace.

    Attributes:
        trace_id: The requested id.
    """

    def __init__(self, trace_id: str, where: str, *, hint: str) -> None:
        self.trace_id = trace_id
        super().__init__(f"there is no trace {trace_id} in {where}", hint=hint)


class AmbiguousTraceIdError(QuestionError):
    """Raised when several trace ids begin with the given text."""

    def __init__(self, prefix: str, candidates: Sequence[str], where: str) -> None:
        shown = ", ".join(candidates[:3]) + (", …" if len(candidates) > 3 else "")
        super().__init__(
            f"{len(candidates)} trace ids in {where} begin with {prefix!r}: {shown}",
            hint="type more digits of the id",
        )


class FileError(AnalysisError):
    """Raised when a file cannot be read as traces.

    Attributes:
        path: The file.
        line: The line, counted from 1; None if the error is not on one line.
    """

    def __init__(self, path: Path, what: str, *, line: int | None = None, hint: str = "") -> None:
        self.path = path
        self.line = line
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {what}", hint=hint)


class JaegerError(AnalysisError):
    """Raised when a Jaeger does not answer as expected.

    Attributes:
        url: The requested address.
    """

    def __init__(self, url: str, what: str, *, hint: str = "") -> None:
        self.url = url
        super().__init__(f"{what} ({url})", hint=hint)


class JaegerUnreachableError(JaegerError):
    """Raised when the connection to the address fails."""


class JaegerTimeoutError(JaegerError):
    """Raised when connecting or answering takes longer than the timeout."""


class JaegerSlowError(JaegerTimeoutError):
    """Raised when Jaeger accepted the request but did not answer in time; a smaller request may succeed."""


class NotJaegerError(JaegerError):
    """Raised when the answer is not from a Jaeger query API."""


class JaegerRefusedError(JaegerError):
    """Raised when Jaeger answers with an error.

    Attributes:
        status: The HTTP status.
        reason: Jaeger's error text.
    """

    def __init__(self, url: str, status: int, reason: str, *, hint: str = "") -> None:
        self.status = status
        self.reason = reason
        super().__init__(url, f"Jaeger answered {status}: {reason}", hint=hint)
