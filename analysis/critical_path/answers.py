"""The answer about critical paths: of many requests added up, and of one trace section by section."""

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
    """Where the time of requests goes, along the spans that the end had to wait for."""

    KIND: ClassVar = "traces.critical_path"

    rule: Annotated[PathRule, "how the path is found"]
    requests: Annotated[int, "requests that are added up"]
    total_ns: Annotated[int, "of all their paths, ns"]
    parts: Annotated[list[Part], "the largest first"]
    missing_links: Annotated[int, _MISSING]
    objectives: Annotated[list[Verdict], "those of the command line"]
    coverage: Annotated[SpansRead, "what was read"]


@dataclass(frozen=True, slots=True)
class PathSection:
    """A stretch of the path."""

    kind: Annotated[PartKind, WHICH_KIND]
    trace_id: Annotated[str, "of the span; of a wait the consumer's"]
    span_id: Annotated[str, "of the span; of a wait the consumer's"]
    service: Annotated[str, "whose"]
    name: Annotated[str, "the span's"]
    start_unix_nano: Annotated[str, "ns since 1970, as text"]
    duration_ns: Annotated[int, "ns"]


@dataclass(frozen=True, slots=True)
class PathRoot:
    """The span that a path begins with."""

    trace_id: Annotated[str, "32 hex digits"]
    span_id: Annotated[str, "16 hex digits"]


@dataclass(frozen=True, slots=True)
class PathSections:
    """A path."""

    root: Annotated[PathRoot, "the span that it begins with"]
    total_ns: Annotated[int, "of the path, ns"]
    sections: Annotated[list[PathSection], "in time"]
    exclusive_ns: Annotated[
        dict[str, Annotated[int, "ns"]], "time on the path by span id, without queue waits"
    ]


@dataclass(frozen=True, slots=True)
class TracePathsAnswer:
    """The critical path of one trace, section by section."""

    KIND: ClassVar = "traces.critical_path.trace"

    rule: Annotated[PathRule, "how the path is found"]
    trace_id: Annotated[str, "as it was asked for"]
    paths: Annotated[
        list[PathSections], "one for each request, or root, of the trace; without those of unknown end"
    ]
    missing_links: Annotated[int, _MISSING]
    coverage: Annotated[SpansRead, "what was read"]


def path_sections(table: SpanTable, path: Path) -> PathSections:
    """A path with the ids and names of its spans, its sections in the order of time."""
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
    """Times on a path; those of spans that share an id together."""
    times: dict[str, int] = {}
    for row, time in path.exclusive_ns.items():
        times[table.span_id_of(row)] = times.get(table.span_id_of(row), 0) + time
    return times
