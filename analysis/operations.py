"""The self time of every operation: the spans of a service with one name, of any kind.

Self time is a span's duration minus the time that its children cover, each child cut to its parent. This is the rule of
Jaeger's UI (`compute-span-self-time`). The self times of all operations add up to the time that the spans of the traces
cover, so a share of it shows where work can be saved. A span without a known end is counted, but adds no time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from analysis.columns.groups import operations as by_operation
from analysis.columns.times import self_time_ns
from analysis.coverage import SpansRead
from analysis.percentiles import Percentiles, percentiles

if TYPE_CHECKING:
    from analysis.columns.table import Mask, SpanTable


@dataclass(frozen=True, slots=True)
class OperationTime:
    """An operation."""

    service: Annotated[str, "service of the spans"]
    operation: Annotated[str, "name of the spans"]
    count: Annotated[int, "number of spans"]
    errors: Annotated[int, "spans with status error"]
    unfinished: Annotated[int, "spans without a known end; counted, but in no time"]
    duration: Annotated[
        Percentiles | None, "duration of the spans with a known end, or null if there is none"
    ]
    self_total_ns: Annotated[int, "total self time of all spans, ns"]
    self_mean_ns: Annotated[float, "mean self time of the spans with a known end, ns"]
    self_max_ns: Annotated[int, "the largest self time, ns"]
    self_share: Annotated[float, "its share of the self time of all operations, 0 to 1"]


@dataclass(frozen=True, slots=True)
class OperationsAnswer:
    """The self time of every operation."""

    KIND: ClassVar = "traces.operations"

    percentile_method: Annotated[str, "how percentiles are computed"]
    self_time_rule: Annotated[Literal["jaeger"], "rule for the time of children"]
    operations: Annotated[list[OperationTime], "operations, most self time first"]
    coverage: Annotated[SpansRead, "what was read"]


def operation_times(table: SpanTable, among: Mask) -> list[OperationTime]:
    """Return the operations, most self time first.

    Args:
        table: all spans. Children reduce their parents' self time even if `among` excludes them.
        among: mask of the spans to report.
    """
    index, names = by_operation(table)
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(index[rows], kind="stable")]
    own, took = self_time_ns(table), table.duration_ns
    whole = max(1, int(own[rows].sum()))
    bounds = (
        np.flatnonzero(np.r_[True, np.diff(index[rows]) != 0, True]) if len(rows) else np.zeros(1, np.int64)
    )
    answer = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = rows[begin:end]
        done = members[~table.unfinished[members]]
        service, name = names[int(index[members[0]])]
        total = int(own[done].sum())
        answer.append(
            OperationTime(
                service=service,
                operation=name,
                count=len(members),
                errors=int(table.error[members].sum()),
                unfinished=len(members) - len(done),
                duration=percentiles(took[done]),
                self_total_ns=total,
                self_mean_ns=total / len(done) if len(done) else 0.0,
                self_max_ns=int(own[done].max()) if len(done) else 0,
                self_share=total / whole,
            )
        )
    return sorted(answer, key=lambda it: (-it.self_total_ns, it.service, it.operation))
