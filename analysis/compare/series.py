"""The series that a comparison looks at: what they are about, and their values. `values` takes them out of spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class SeriesKind(StrEnum):
    """What a series is about."""

    ENDPOINT = "endpoint"
    QUEUE_WAIT = "queue wait"
    QUEUE_PROCESSING = "queue processing"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Which endpoint, queue or operation."""

    subject: Annotated[SeriesKind, "what it is about"]
    service: Annotated[str, "whose"]
    name: Annotated[str, "the endpoint's, the queue's or the span's"]


@dataclass(frozen=True, slots=True)
class Series:
    """One subject's values, oldest trace first; the arrays are of one length.

    Attributes:
        milliseconds: the durations, or the waits.
        failed: whether the span's status is an error.
        starts_ns: when the spans started.
    """

    milliseconds: npt.NDArray[np.float64]
    failed: npt.NDArray[np.bool_]
    starts_ns: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.milliseconds)
