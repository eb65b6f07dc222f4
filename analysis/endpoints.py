"""The endpoints by cost: one row for each route of a server, each consumer and each job of a service.

impact = rate × mean time: the average number of calls in the endpoint at one moment. Jaeger's Monitor tab uses the same
measure. It is the maximum that a fix of the endpoint can save. Shares of time are of the sum of the endpoint's time and
the queue wait before it. Parallel calls of one kind count once; parallel calls of two kinds count in both.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from analysis.columns.table import KINDS
from analysis.columns.times import owner_of, queue_wait_ns, self_time_ns, senders, time_within_ns
from analysis.coverage import SpansRead
from analysis.model import SpanKind
from analysis.objectives import Measure, Verdict, judge
from analysis.percentiles import Percentiles, percentile, percentiles
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE
from analysis.semantics import NEEDED as SEMANTICS
from analysis.semantics import endpoint_names, is_endpoint, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.columns.table import Mask, Rows, SpanTable
    from analysis.objectives import Objective

NEEDED = (*SEMANTICS, QUEUE_WAIT_ATTRIBUTE)
"""Attributes that a table must hold for `endpoints`."""

QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint."""

    service: Annotated[str, "service of the endpoint"]
    endpoint: Annotated[str, "method and route, else the span's name"]
    kind: Annotated[SpanKind, "kind of its spans"]
    count: Annotated[int, "number of calls"]
    rate_per_s: Annotated[float | None, "calls a second, or null if the window has no length"]
    errors: Annotated[int, "calls with status error"]
    unfinished: Annotated[int, "calls without a known end; counted, but in no duration"]
    duration: Annotated[
        Percentiles | None, "duration of the calls with a known end, or null if there is none"
    ]
    self_ns: Annotated[float, "mean self time: time that no child span covers, ns"]
    total_ns: Annotated[int, "total time of all calls, ns"]
    impact: Annotated[float | None, "rate × mean time: average number of calls in it at one moment"]
    impact_share: Annotated[float, "its share of the time of all endpoints, 0 to 1"]
    time_in: Annotated[
        dict[str, Annotated[float, "0 to 1"]], "share of its time by `db`, `redis`, `http`, `queue`"
    ]
    queue_wait: Annotated[Percentiles | None, "queue wait before it, or null if it reads no queue"]
    objectives: Annotated[list[Verdict], "objectives on this endpoint"]


@dataclass(frozen=True, slots=True)
class EndpointsAnswer:
    """The endpoints, ordered by impact."""

    KIND: ClassVar = "traces.endpoints"

    window_ns: Annotated[int, "length of the window for rates, ns"]
    percentile_method: Annotated[str, "how percentiles are computed"]
    self_time_rule: Annotated[Literal["jaeger"], "rule for the time of children"]
    endpoints: Annotated[list[Endpoint], "endpoints, largest impact first"]
    objectives: Annotated[list[Verdict], "all objectives, including those that match no endpoint"]
    coverage: Annotated[SpansRead, "what was read"]


@dataclass(frozen=True, slots=True)
class EndpointRows:
    """The calls of endpoints: rows of a table, and for each row the index of its endpoint in `keys`.

    Attributes:
        rows: Rows of the endpoints' spans.
        index: For each row, its endpoint as an index into `keys`.
        keys: The endpoints as pairs of service and name.
    """

    rows: Rows
    index: Rows
    keys: Sequence[tuple[str, str]]


def endpoint_rows(table: SpanTable, among: Mask, operation: str | None = None) -> EndpointRows:
    """Find the calls of endpoints.

    Args:
        table: the spans.
        among: mask of the spans to consider.
        operation: keep only calls whose endpoint or span has this name.
    """
    rows = np.flatnonzero(is_endpoint(table) & among)
    index, names = endpoint_names(table, rows)
    if operation is not None:
        by_span = np.array([text == operation for text in table.texts], bool)[table.name[rows]]
        fits = by_span | np.array([name == operation for name in names], bool)[index]
        rows, index = rows[fits], index[fits]
    both = table.service[rows].astype(np.int64) * max(1, len(names)) + index
    found, numbers = np.unique(both, return_inverse=True)
    keys = [(table.texts[one // len(names)], names[one % len(names)]) for one in found.tolist()]
    return EndpointRows(rows, numbers.reshape(-1), keys)


def endpoints(
    table: SpanTable, calls: EndpointRows, *, window_ns: int, objectives: Sequence[Objective] = ()
) -> list[Endpoint]:
    """Return the endpoints, largest impact first.

    Args:
        table: all spans, with the attributes `NEEDED`.
        calls: see `endpoint_rows`.
        window_ns: length of the window that the calls are from; 0 if unknown.
        objectives: objectives to check.
    """
    owner = owner_of(table, is_endpoint(table))
    own = self_time_ns(table)[calls.rows]
    inside = {
        kind.value: time_within_ns(table, mask, owner)[calls.rows] for kind, mask in work(table).items()
    }
    waits = queue_wait_ns(table, senders(table))[calls.rows]
    duration = table.duration_ns[calls.rows]
    finished = ~table.unfinished[calls.rows]
    errors = table.error[calls.rows]
    kinds = table.kind[calls.rows]
    all_time = max(1, int(duration.sum()))
    answer = []
    for members, (service, name) in zip(_groups(calls), calls.keys, strict=True):
        done = members[finished[members]]
        took, waited = duration[done], waits[members]
        waited = waited[np.isfinite(waited)]
        total = int(took.sum())
        base = max(1.0, total + float(waited.sum()))
        spread = percentiles(took)
        rate = len(members) / (window_ns / 1e9) if window_ns > 0 else None
        one = Endpoint(
            service=service,
            endpoint=name,
            kind=KINDS[int(kinds[members[0]])],
            count=len(members),
            rate_per_s=rate,
            errors=int(errors[members].sum()),
            unfinished=len(members) - len(done),
            duration=spread,
            self_ns=float(own[done].mean()) if len(done) else 0.0,
            total_ns=total,
            impact=None if rate is None or spread is None else rate * spread.mean_ns / 1e9,
            impact_share=total / all_time,
            time_in={
                **{kind: float(time[members].sum()) / base for kind, time in inside.items()},
                QUEUE: float(waited.sum()) / base,
            },
            queue_wait=percentiles(waited),
            objectives=[],
        )
        one.objectives.extend(
            _judged(objective, one, took, waited)
            for objective in objectives
            if objective.concerns(service, name)
        )
        answer.append(one)
    return sorted(answer, key=lambda it: (-it.total_ns, it.service, it.endpoint))


def window_of(table: SpanTable, rows: Rows) -> tuple[int, int]:
    """Return the first and the last start time of some rows, ns since 1970; zeros without rows."""
    if not len(rows):
        return 0, 0
    starts = table.start_ns[rows]
    return int(starts.min()), int(starts.max())


def _groups(calls: EndpointRows) -> list[Rows]:
    order = np.argsort(calls.index, kind="stable")
    bounds = np.searchsorted(calls.index[order], np.arange(len(calls.keys) + 1))
    return [order[begin:end] for begin, end in itertools.pairwise(bounds.tolist())]


def _judged(objective: Objective, one: Endpoint, took: Rows, waited: NDArray[np.float64]) -> Verdict:
    if objective.measure is Measure.SUCCESS:
        return judge(objective, 1 - one.errors / one.count, one.count)
    samples = waited if objective.measure.is_wait else took
    measured = percentile(samples, objective.measure.percent) if len(samples) else None
    return judge(objective, measured, len(samples))
