"""The answer of `kit slo`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Literal


class State(StrEnum):
    """State of an objective, the worst first."""

    OVERSPENT = "overspent"
    BURNS_FAST = "burns fast"
    BURNS = "burns"
    MET = "met"
    NOT_ENOUGH_DATA = "not enough data"

    @property
    def fails(self) -> bool:
        """Whether it makes the exit code 1."""
        return self in (State.OVERSPENT, State.BURNS_FAST)

    @property
    def spends(self) -> bool:
        """Whether too many requests are bad, or were."""
        return self not in (State.MET, State.NOT_ENOUGH_DATA)


@dataclass(frozen=True, slots=True)
class BadRequest:
    """A request that spent a budget."""

    trace_id: Annotated[str, "32 hex digits"]
    span_id: Annotated[str, "id of the endpoint's span"]
    endpoint: Annotated[str, "name of the span"]
    start_time: Annotated[str, "start of the span, RFC 3339"]
    took_ns: Annotated[int | None, "duration of the span, ns, or null if its end is unknown"]
    error: Annotated[bool, "whether the span has status error"]
    link: Annotated[str, "URL in Jaeger's UI"]


@dataclass(frozen=True, slots=True)
class ObjectiveState:
    """One limit of an objective: measured and promised."""

    objective: Annotated[str, "the service, and the endpoint if it has one"]
    service: Annotated[str, "name of the service"]
    endpoint: Annotated[str | None, "name of the endpoint, or null for all"]
    limit: Annotated[
        Literal["success", "p99"],
        "`success`: requests with status error are bad; `p99`: those slower than the threshold",
    ]
    target: Annotated[float, "share of good requests that is promised, 0 to 1"]
    threshold_ns: Annotated[int | None, "duration above which a request is bad, ns; null for `success`"]
    requests_1h: Annotated[int, "number of requests in the last hour, estimated"]
    requests: Annotated[int, "number of requests in the budget's window, estimated"]
    good_1h: Annotated[float | None, "share of good requests in the last hour, or null without requests"]
    good: Annotated[float | None, "share of good requests in the budget's window, or null without requests"]
    budget_left: Annotated[float | None, "1: untouched, 0: spent, negative: overspent; null without requests"]
    burn_1h: Annotated[float | None, "burn rate of the last hour: 1 spends the budget in its window"]
    burn_6h: Annotated[float | None, "burn rate of the last 6 hours"]
    state: Annotated[State, "state of the objective"]
    window: Annotated[str | None, "window in which too many requests were bad, such as 1h; null if in none"]
    spent_by: Annotated[
        list[BadRequest] | None, "bad requests of that window, or null if Jaeger was not or could not be read"
    ]


@dataclass(frozen=True, slots=True)
class SloAnswer:
    """The objectives, with the budget that is left and the traces that spent it."""

    KIND: ClassVar = "slo"

    prometheus: Annotated[str, "URL of the Prometheus that was read"]
    budget_window_s: Annotated[
        int, "window of the budget in seconds: 30 days, or the retention of the metrics"
    ]
    objectives: Annotated[list[ObjectiveState], "each limit of each objective, in the order of the spec"]
