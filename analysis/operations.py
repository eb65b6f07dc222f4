"""The self time of every operation: each service's spans by name, whatever their kind.

Self time is a span's duration less the time that its children cover, each child cut to its parent: the rule of Jaeger's
UI (`compute-span-self-time`). Over all operations it adds up to the time that the traces' spans account for, so a share
of it says where work can be saved. A span without a known end counts, but in no time.
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

    service: Annotated[str, "whose"]
    operation: Annotated[str, "the spans' name"]
    count: Annotated[int, "spans"]
    errors: Annotated[int, "spans with status error"]
    unfinished: Annotated[int, "spans without a known end: they count, but in no time"]
    duration: Annotated[Percentiles | None, "of the spans with a known end; null where there is none"]
    self_total_ns: Annotated[int, "self time of all spans together, ns"]
    self_mean_ns: Annotated[float, "self time of a span with a known end, mean, ns"]
    self_max_ns: Annotated[int, "the largest self time, ns"]
    self_share: Annotated[float, "its part of all operations' self time, 0 to 1"]


@dataclass(frozen=True, slots=True)
class OperationsAnswer:
    """The self time of every operation."""

    KIND: ClassVar = "traces.operations"

    percentile_method: Annotated[str, "how percentiles are computed"]
    self_time_rule: Annotated[Literal["jaeger"], "what counts as a child's time"]
    operations: Annotated[list[OperationTime], "the one with most self time first"]
    coverage: Annotated[SpansRead, "what was read"]


def operation_times(table: SpanTable, among: Mask) -> list[OperationTime]:
    """The operations, the one with most self time first.

    Args:
        table: all spans; children count against their parents' time whether they are asked for or not.
        among: the spans that are asked for.
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
