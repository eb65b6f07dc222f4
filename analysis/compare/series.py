"""The series that are compared: a subject and its values. `values` extracts them from spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class SeriesKind(StrEnum):
    """Kind of the subject of a series."""

    ENDPOINT = "endpoint"
    QUEUE_WAIT = "queue wait"
    QUEUE_PROCESSING = "queue processing"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The key of a series: an endpoint, a queue or an operation."""

    subject: Annotated[SeriesKind, "kind of the subject"]
    service: Annotated[str, "service of the spans"]
    name: Annotated[str, "name of the endpoint, the queue or the span"]


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one subject, oldest trace first; all arrays have the same length.

    Attributes:
        milliseconds: Durations or queue waits.
        failed: Whether the span's status is an error.
        starts_ns: Start times of the spans.
    """

    milliseconds: npt.NDArray[np.float64]
    failed: npt.NDArray[np.bool_]
    starts_ns: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.milliseconds)
