"""Answer of `kit traces report`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from analysis.coverage import TracesRead


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """The written page, and the amounts on it."""

    KIND: ClassVar = "traces.report"

    file: Annotated[str, "path of the page"]
    bytes: Annotated[int, "size of the page"]
    endpoints: Annotated[int, "endpoints on the page"]
    queues: Annotated[int, "queues, one for each group"]
    requests: Annotated[int, "requests whose critical paths are added up"]
    findings: Annotated[int, "findings on the page"]
    compared_with: Annotated[str | None, "value of --compare-with; null without a comparison"]
    coverage: Annotated[TracesRead, "traces that were read"]
