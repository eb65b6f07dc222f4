"""The slowest calls of endpoints, each with an explanation.

The explanation is the operation with the most exclusive time on the critical path. For calls, the path follows Jaeger's
rule below the endpoint's span. For whole requests it goes through queues, and a queue wait may be the explanation too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE
from analysis.critical_path.jaeger_rule import walk_back
from analysis.critical_path.nesting import Nesting, consumers_of_producers, nesting_of
from analysis.critical_path.path import Section, path_of
from analysis.critical_path.queue_rule import Requests
from analysis.critical_path.totals import key_of
from analysis.objectives import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import Rows, SpanTable
    from analysis.critical_path.path import Path
    from analysis.endpoints import EndpointRows
    from analysis.objectives import Objective, Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """The operation or queue wait that took the most time.

    Attributes:
        service: Service of the operation.
        operation: Name of the spans, or of the queue for a wait.
        is_wait: Whether it is a queue wait.
        time_ns: Exclusive time on the critical path.
        share: Share of the path's time, 0 to 1.
        spans: Number of spans with that time.
        row: Row of the span with the most time.
    """

    service: str
    operation: str
    is_wait: bool
    time_ns: int
    share: float
    spans: int
    row: int


@dataclass(frozen=True, slots=True)
class SlowCall:
    """A slow call.

    Attributes:
        row: Row of the endpoint's span.
        took_ns: Duration of the call or request.
        explanation: Explanation of the duration; None if the path has no time.
        path: Critical path.
    """

    row: int
    took_ns: int
    explanation: Explanation | None
    path: Path


def slowest_calls(table: SpanTable, calls: Rows, most: int) -> list[SlowCall]:
    """Return the calls with the longest endpoint spans.

    Args:
        table: all spans, with the attributes `by_rule.NEEDED`.
        calls: rows of endpoints.
        most: maximum number of calls.
    """
    calls = calls[~table.unfinished[calls]]
    took = table.duration_ns[calls]
    chosen = calls[np.lexsort((calls, -took))][:most]
    nesting = nesting_of(table, consumers_of_producers(table)) if len(chosen) else None
    if nesting is None:
        return []
    found = [(row, _path_below(nesting, row)) for row in chosen.tolist()]
    return [
        SlowCall(row, int(table.duration_ns[row]), explanation_of(table, path), path) for row, path in found
    ]


class RequestPaths:
    """The requests of a table and their critical paths; each path is computed once, on first use."""

    def __init__(self, table: SpanTable) -> None:
        """Find the requests; the table needs the attributes `by_rule.NEEDED`."""
        self._requests = Requests(table)
        self._stages = {root: self._requests.stages(root) for root in self._requests.first_stages()}
        self._paths: dict[int, Path] = {}

    def having(self, calls: Rows) -> list[tuple[int, int, Path]]:
        """Return the requests with one of the calls, longest first: time, row of the first such call, path."""
        first_call: dict[int, int] = {}
        for row in calls.tolist():
            first_call.setdefault(int(self._requests.stage_of[row]), row)
        found: list[tuple[int, int, Path]] = []
        for root, stages in self._stages.items():
            if self._requests.is_unfinished(root):
                continue
            own = [first_call[stage] for stage in stages if stage in first_call]
            if own:
                path = self._path(root)
                found.append((path.total_ns, min(own), path))
        return sorted(found, key=lambda one: (-one[0], one[1]))

    def _path(self, root: int) -> Path:
        if root not in self._paths:
            self._paths[root] = self._requests.path(root)
        return self._paths[root]


def slowest_requests(
    table: SpanTable, calls: Rows, most: int, requests: RequestPaths | None = None
) -> list[SlowCall]:
    """Return the requests with the longest time until their last consumer was done, each with its first call.

    Args:
        table: all spans, with the attributes `by_rule.NEEDED`.
        calls: rows of endpoints; a request must contain at least one.
        most: maximum number of requests.
        requests: the table's requests, if already computed.
    """
    found = (requests or RequestPaths(table)).having(calls)
    return [SlowCall(row, total, explanation_of(table, path), path) for total, row, path in found[:most]]


def longest(
    table: SpanTable, calls: EndpointRows, objectives: Sequence[Objective], requests: RequestPaths | None
) -> list[tuple[str, Verdict]]:
    """Check objectives on the longest call.

    Args:
        table: all spans.
        calls: see `endpoint_rows`.
        objectives: objectives with the measure `max`.
        requests: the table's requests, to measure them until their last consumer is done; None measures the calls.

    Returns:
        For each verdict the endpoint of the longest call, empty if there is no call.
    """
    answer = []
    for objective in objectives:
        fits = np.array([objective.concerns(*key) for key in calls.keys], bool)
        rows = calls.rows[fits[calls.index]] if len(calls.rows) else calls.rows
        count, took, row = _longest(table, rows, requests)
        if not count:
            answer.append(("", judge(objective, None, 0)))
            continue
        service, name = calls.keys[int(calls.index[np.searchsorted(calls.rows, row)])]
        answer.append((f"{service}: {name}", judge(objective, took, count)))
    return answer


def _longest(table: SpanTable, rows: Rows, requests: RequestPaths | None) -> tuple[int, int, int]:
    """Return the number of calls or requests, and the time and the row of the longest."""
    if not len(rows):
        return 0, 0, NOWHERE
    if requests is None:
        rows = rows[~table.unfinished[rows]]
        if not len(rows):
            return 0, 0, NOWHERE
        row = int(rows[np.argmax(table.duration_ns[rows])])
        return len(rows), int(table.duration_ns[row]), row
    found = requests.having(rows)
    if not found:
        return 0, 0, NOWHERE
    took, row, _ = found[0]
    return len(found), took, row


def explanation_of(table: SpanTable, path: Path) -> Explanation | None:
    """Return the operation or queue with the most time on a path."""
    times: dict[tuple[str, str, bool], list[tuple[int, int]]] = {}
    for is_wait, by_row in ((False, path.exclusive_ns), (True, path.wait_ns)):
        for row, time in by_row.items():
            times.setdefault(key_of(table, row, is_wait), []).append((time, row))
    if not path.total_ns:
        return None
    key, members = max(times.items(), key=lambda one: (sum(time for time, _ in one[1]), one[0]))
    total = sum(time for time, _ in members)
    _, row = max(members, key=lambda one: (one[0], -one[1]))
    return Explanation(*key, total, total / path.total_ns, len(members), row)


def _path_below(nesting: Nesting, top: int) -> Path:
    """Return the critical path of a span and its descendants, as if it were a root."""
    rows, places = [top], {top: 0}
    for row in rows:  # grows during the loop
        for child in nesting.children[row]:
            places[child] = len(rows)
            rows.append(child)
    own = Nesting(
        start=[nesting.start[row] for row in rows],
        end=[nesting.end[row] for row in rows],
        parent=[NOWHERE if row == top else places[nesting.parent[row]] for row in rows],
        children=[[places[child] for child in nesting.children[row]] for row in rows],
        kept=[False] * len(rows),
    )
    own.cut_to_parents(0)
    sections = [Section(rows[it.row], it.start_ns, it.end_ns) for it in walk_back(own, 0, own.end[0])]
    return path_of(top, sections)
