"""Objectives of endpoints and queues: parse them and check whether they are met."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from analysis.durations import format_duration, parse_duration
from analysis.errors import QuantityError, QuestionError
from analysis.percentiles import ENOUGH_FOR_P99

if TYPE_CHECKING:
    from collections.abc import Iterable


class Measure(StrEnum):
    """Measures that an objective can limit.

    - endpoints and queues: a percentile of the duration or of the queue wait, or the share without an error
    - calls: the longest duration
    - critical paths: share of their total time, or mean time per request, of spans or of waits
    """

    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    WAIT_P50 = "wait_p50"
    WAIT_P95 = "wait_p95"
    WAIT_P99 = "wait_p99"
    SUCCESS = "success"
    MAX = "max"
    SHARE = "share"
    TIME = "time"
    WAIT_SHARE = "wait_share"
    WAIT_TIME = "wait_time"

    @property
    def is_wait(self) -> bool:
        """Whether it limits the time in the queue."""
        return self.value.startswith("wait_")

    @property
    def is_share(self) -> bool:
        """Whether it is a share, 0 to 1; otherwise it is a time in nanoseconds."""
        return self in (Measure.SUCCESS, Measure.SHARE, Measure.WAIT_SHARE)

    @property
    def percent(self) -> float:
        """The percentile, 0 to 100."""
        return float(self.value.removeprefix("wait_")[1:])


OF_CALLS = (Measure.MAX,)
OF_PATHS = (Measure.SHARE, Measure.TIME, Measure.WAIT_SHARE, Measure.WAIT_TIME)
OF_ENDPOINTS = tuple(measure for measure in Measure if measure not in (*OF_CALLS, *OF_PATHS))
"""Measures for the slowest calls (`OF_CALLS`), critical paths (`OF_PATHS`), and endpoints and queues."""

_EXAMPLES = {
    OF_ENDPOINTS: ('"coupon-api:POST /coupons:p99<400ms" or "coupon-api:success>99%"', "endpoints"),
    OF_CALLS: ('"coupon-api:POST /coupons:max<2s" or "*:max<2s"', "slowest"),
    OF_PATHS: ('"coupon-issuer:INSERT coupons:time<50ms" or "*:wait_share<30%"', "critical-path"),
}

ANY_SERVICE = "*"


class Outcome(StrEnum):
    """Result of checking an objective."""

    MET = "met"
    MISSED = "missed"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class Objective:
    """A limit for one measure.

    Attributes:
        service: Service of the endpoint; `*` for any.
        endpoint: Name as listed by `endpoints`; for critical paths an operation or a queue. None means each endpoint
            of the service, and for critical paths their total.
        measure: The limited measure.
        limit: The limit in nanoseconds; for a share 0 to 1.
    """

    service: str
    endpoint: str | None
    measure: Measure
    limit: float

    def concerns(self, service: str, endpoint: str) -> bool:
        """Whether the objective applies to this endpoint."""
        return self.service in (ANY_SERVICE, service) and self.endpoint in (None, endpoint)

    def __str__(self) -> str:
        endpoint = "" if self.endpoint is None else f":{self.endpoint}"
        limit = written(self.limit, is_share=self.measure.is_share)
        return f"{self.service}{endpoint}:{self.measure}{self.sign}{limit}"

    @property
    def sign(self) -> str:
        """`<`, or `>` for a share of successes."""
        return ">" if self.measure is Measure.SUCCESS else "<"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An objective and the measured value."""

    objective: Annotated[str, "the objective as written on the command line"]
    limit: Annotated[float, "the limit in ns; for a share 0 to 1"]
    measured: Annotated[
        float | None, "the measured value, in the limit's unit, or null if nothing was measured"
    ]
    samples: Annotated[int, "number of calls, messages or requests measured"]
    outcome: Annotated[Outcome, "whether the objective is met"]

    @property
    def measured_text(self) -> str:
        """The measured value with its unit."""
        if self.measured is None:
            return "nothing measured"
        return written(self.measured, is_share=self.objective.endswith("%"))


def written(value: float, *, is_share: bool) -> str:
    """Format a limit or a measured value with its unit."""
    return f"{100 * value:.4g}%" if is_share else format_duration(value).replace(" ", "")


_WRITTEN = re.compile(r"(?P<who>.+):\s*(?P<measure>[a-z0-9_]+)\s*(?P<sign>[<>])=?\s*(?P<limit>[^<>]+)")


def parse_objective(text: str, measures: tuple[Measure, ...] = OF_ENDPOINTS) -> Objective:
    """Parse `coupon-api:POST /coupons:p99<400ms`, `coupon-issuer:wait_p99<1s` or `coupon-api:success>99.5%`.

    Args:
        text: value of `--objective`.
        measures: the allowed measures: `OF_ENDPOINTS`, `OF_CALLS` or `OF_PATHS`.

    Raises:
        QuestionError: the text is invalid, or its measure belongs to another verb.
    """
    example, _ = _EXAMPLES[measures]
    hint = f"write SERVICE[:ENDPOINT]:MEASURE<LIMIT, such as {example}; measures: {', '.join(measures)}"
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or match["measure"] not in {measure.value for measure in Measure}:
        raise QuestionError(f"--objective {text!r} is not an objective", hint=hint)
    measure = Measure(match["measure"])
    if measure not in measures:
        verb = next(verb for of, (_, verb) in _EXAMPLES.items() if measure in of)
        raise QuestionError(f"--objective {text!r}: {measure} is a measure of `kit traces {verb}`", hint=hint)
    service, _, endpoint = match["who"].strip().partition(":")
    objective = Objective(
        service.strip(), endpoint.strip() or None, measure, _limit(text, measure, match["limit"])
    )
    if match["sign"] != objective.sign:
        raise QuestionError(
            f"--objective {text!r}: {measure} needs {objective.sign}", hint=f"write {objective}"
        )
    return objective


def judge(objective: Objective, measured: float | None, samples: int) -> Verdict:
    """Check whether a measured value meets an objective.

    Minimum samples: p99 needs 100, p95 20 and p50 2. A share of successes needs enough for one failure to be allowed:
    100 for 99 %. The longest call needs one; a mean or a share of critical paths needs two requests.
    """
    if measured is None or samples < _enough(objective):
        outcome = Outcome.NOT_ENOUGH_DATA
    elif measured >= objective.limit if objective.sign == ">" else measured <= objective.limit:
        outcome = Outcome.MET
    else:
        outcome = Outcome.MISSED
    return Verdict(str(objective), objective.limit, measured, samples, outcome)


def unmatched(objectives: Iterable[Objective], verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return a verdict without data for each objective that matches no endpoint."""
    judged = {verdict.objective for verdict in verdicts}
    return [judge(objective, None, 0) for objective in objectives if str(objective) not in judged]


def _enough(objective: Objective) -> int:
    if objective.measure is Measure.SUCCESS:
        return min(ENOUGH_FOR_P99 * 100, round(1 / max(1e-4, 1 - objective.limit)))
    if objective.measure in OF_CALLS:
        return 1
    if objective.measure in OF_PATHS:
        return 2
    return round(100 / (100 - objective.measure.percent))


def _limit(text: str, measure: Measure, limit: str) -> float:
    if not measure.is_share:
        try:
            return parse_duration(limit, what=f"--objective {text!r}")
        except QuantityError as error:
            raise QuestionError(error.message, hint=error.hint) from None
    number, percent, rest = limit.strip().partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not percent or rest or not 0 <= share <= 1:
        raise QuestionError(f"--objective {text!r}: {limit!r} is not a percentage", hint="write it as 99.5%")
    return share
