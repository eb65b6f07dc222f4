"""The JSON answers about critical paths: totals of many requests, and the sections of one trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from analysis.coverage import SpansRead
from analysis.critical_path.path import PathRule
from analysis.critical_path.totals import WHICH_KIND, Part, PartKind, kind_of
from analysis.objectives import Verdict

if TYPE_CHECKING:
    from analysis.columns.table import SpanTable
    from analysis.critical_path.path import Path

_MISSING = "links to spans that were not read"


@dataclass(frozen=True, slots=True)
class PathsAnswer:
    """Where the time of requests goes, on their critical paths."""

    KIND: ClassVar = "traces.critical_path"

    rule: Annotated[PathRule, "rule that finds the path"]
    requests: Annotated[int, "number of requests"]
    total_ns: Annotated[int, "total time of all paths, ns"]
    parts: Annotated[list[Part], "operations and queues, the largest first"]
    missing_links: Annotated[int, _MISSING]
    objectives: Annotated[list[Verdict], "verdicts on the objectives of the command line"]
    coverage: Annotated[SpansRead, "what was read"]


@dataclass(frozen=True, slots=True)
class PathSection:
    """A section of the path."""

    kind: Annotated[PartKind, WHICH_KIND]
    trace_id: Annotated[str, "trace of the span; for a wait, of the consumer's span"]
    span_id: Annotated[str, "id of the span; for a wait, of the consumer's span"]
    service: Annotated[str, "service of the span"]
    name: Annotated[str, "name of the span"]
    start_unix_nano: Annotated[str, "ns since 1970, as text"]
    duration_ns: Annotated[int, "duration, ns"]


@dataclass(frozen=True, slots=True)
class PathRoot:
    """The first span of a path."""

    trace_id: Annotated[str, "32 hex digits"]
    span_id: Annotated[str, "16 hex digits"]


@dataclass(frozen=True, slots=True)
class PathSections:
    """The critical path of one request."""

    root: Annotated[PathRoot, "first span of the path"]
    total_ns: Annotated[int, "time on the path, ns"]
    sections: Annotated[list[PathSection], "sections in the order of time"]
    exclusive_ns: Annotated[
        dict[str, Annotated[int, "ns"]], "time on the path by span id, without queue waits"
    ]


@dataclass(frozen=True, slots=True)
class TracePathsAnswer:
    """The critical paths of one trace, with their sections."""

    KIND: ClassVar = "traces.critical_path.trace"

    rule: Annotated[PathRule, "rule that finds the path"]
    trace_id: Annotated[str, "trace id from the command line"]
    paths: Annotated[
        list[PathSections], "one for each request, or root, of the trace, except those without a known end"
    ]
    missing_links: Annotated[int, _MISSING]
    coverage: Annotated[SpansRead, "what was read"]


def path_sections(table: SpanTable, path: Path) -> PathSections:
    """Return a path with the ids and names of its spans, and its sections in the order of time."""
    return PathSections(
        root=PathRoot(table.trace_id_of(path.root), table.span_id_of(path.root)),
        total_ns=path.total_ns,
        sections=[
            PathSection(
                kind=kind_of(is_wait=it.is_wait),
                trace_id=table.trace_id_of(it.row),
                span_id=table.span_id_of(it.row),
                service=table.service_of(it.row),
                name=table.name_of(it.row),
                start_unix_nano=str(it.start_ns),
                duration_ns=it.duration_ns,
            )
            for it in reversed(path.sections)
        ],
        exclusive_ns=_by_span_id(table, path),
    )


def _by_span_id(table: SpanTable, path: Path) -> dict[str, int]:
    """Return the times on a path by span id; spans with the same id are added up."""
    times: dict[str, int] = {}
    for row, time in path.exclusive_ns.items():
        times[table.span_id_of(row)] = times.get(table.span_id_of(row), 0) + time
    return times
