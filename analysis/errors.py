"""What can go wrong while traces are read or asked for.

    AnalysisError
    ├── QuestionError                what was asked makes no sense
    │   ├── QuantityError           a duration without a unit, a negative one, …
    │   ├── UnknownServiceError     no such service in the source; the nearest names are given
    │   ├── TraceNotFoundError      no such trace in the source
    │   └── AmbiguousTraceIdError   the beginning of more than one trace id
    ├── FileError                    a file that cannot be read: path, and line where there is one
    └── JaegerError                  a Jaeger that does not answer as one: url
        ├── JaegerUnreachableError  no connection
        ├── JaegerTimeoutError      no answer in time
        │   └── JaegerSlowError     a connection, and no answer in time
        ├── NotJaegerError          an answer, but not a Jaeger's
        └── JaegerRefusedError      a Jaeger's own error, with its status and text

Every one carries `message` (what, where, why) and `hint` (what to do next; may be empty).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class AnalysisError(Exception):
    """The base of all errors of this package.

    Attributes:
        message: what is wrong, where and why.
        hint: what to do next; empty when there is nothing to add.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class QuestionError(AnalysisError):
    """What was asked cannot be answered as it stands."""


class QuantityError(QuestionError):
    """A quantity is not written as `<number><unit>`."""


class UnknownServiceError(QuestionError):
    """The source has no such service.

    Attributes:
        service: the name that was asked for.
        nearest: known names that look like it, best first.
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
    """The source has no such trace.

    Attributes:
        trace_id: the id that was asked for.
    """

    def __init__(self, trace_id: str, where: str, *, hint: str) -> None:
        self.trace_id = trace_id
        super().__init__(f"there is no trace {trace_id} in {where}", hint=hint)


class AmbiguousTraceIdError(QuestionError):
    """The given text begins more than one trace id."""

    def __init__(self, prefix: str, candidates: Sequence[str], where: str) -> None:
        shown = ", ".join(candidates[:3]) + (", …" if len(candidates) > 3 else "")
        super().__init__(
            f"{len(candidates)} trace ids in {where} begin with {prefix!r}: {shown}",
            hint="give more of the id",
        )


class FileError(AnalysisError):
    """A file cannot be read as traces.

    Attributes:
        path: the file.
        line: the line, counted from 1; None when the trouble is not on one line.
    """

    def __init__(self, path: Path, what: str, *, line: int | None = None, hint: str = "") -> None:
        self.path = path
        self.line = line
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {what}", hint=hint)


class JaegerError(AnalysisError):
    """A Jaeger does not answer as one.

    Attributes:
        url: the address that was asked.
    """

    def __init__(self, url: str, what: str, *, hint: str = "") -> None:
        self.url = url
        super().__init__(f"{what} ({url})", hint=hint)


class JaegerUnreachableError(JaegerError):
    """There is no connection to the address."""


class JaegerTimeoutError(JaegerError):
    """No connection, or no answer, in time."""


class JaegerSlowError(JaegerTimeoutError):
    """Jaeger took the question and did not answer in time: less may be answered."""


class NotJaegerError(JaegerError):
    """Something answered that is not the query API of a Jaeger."""


class JaegerRefusedError(JaegerError):
    """Jaeger answered with an error of its own.

    Attributes:
        status: the HTTP status.
        reason: Jaeger's own text.
    """

    def __init__(self, url: str, status: int, reason: str, *, hint: str = "") -> None:
        self.status = status
        self.reason = reason
        super().__init__(url, f"Jaeger answered {status}: {reason}", hint=hint)
