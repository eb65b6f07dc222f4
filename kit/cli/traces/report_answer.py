"""What a program is told of a page that was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from analysis.coverage import TracesRead


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """The page that was written, and how much is on it."""

    KIND: ClassVar = "traces.report"

    file: Annotated[str, "path of the page"]
    bytes: Annotated[int, "its size"]
    endpoints: Annotated[int, "endpoints"]
    queues: Annotated[int, "queues with a group"]
    requests: Annotated[int, "requests whose critical paths are added up"]
    findings: Annotated[int, "findings"]
    compared_with: Annotated[str | None, "as it was given; null without a comparison"]
    coverage: Annotated[TracesRead, "what was read"]
