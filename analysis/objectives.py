"""What is expected of endpoints and queues, and whether it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.durations import format_duration, parse_duration
from analysis.errors import QuantityError, QuestionError
from analysis.percentiles import ENOUGH_FOR_P99

if TYPE_CHECKING:
    from collections.abc import Iterable


class Measure(StrEnum):
    """What an objective limits: a percentile of the duration or of the queue wait, or the share without error."""

    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    WAIT_P50 = "wait_p50"
    WAIT_P95 = "wait_p95"
    WAIT_P99 = "wait_p99"
    SUCCESS = "success"

    @property
    def is_wait(self) -> bool:
        """Whether it limits the time in the queue."""
        return self.value.startswith("wait_")

    @property
    def percent(self) -> float:
        """The percentile that is limited."""
        return float(self.value.removeprefix("wait_")[1:])


class Outcome(StrEnum):
    """Whether an objective holds."""

    MET = "met"
    MISSED = "missed"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class Objective:
    """One limit.

    Attributes:
        service: whose endpoint.
        endpoint: its name as `endpoints` lists it; None means each of the service.
        measure: what is limited.
        limit: nanoseconds; for `success` a share, 0 to 1.
    """

    service: str
    endpoint: str | None
    measure: Measure
    limit: float

    def concerns(self, service: str, endpoint: str) -> bool:
        """Whether it is about this endpoint."""
        return self.service == service and self.endpoint in (None, endpoint)

    def __str__(self) -> str:
        endpoint = "" if self.endpoint is None else f":{self.endpoint}"
        return f"{self.service}{endpoint}:{self.measure}{self.sign}{self.written(self.limit)}"

    @property
    def sign(self) -> str:
        """`<`, or `>` for a share of successes."""
        return ">" if self.measure is Measure.SUCCESS else "<"

    def written(self, value: float) -> str:
        """A measured value, with its unit."""
        if self.measure is Measure.SUCCESS:
            return f"{100 * value:.4g}%"
        return format_duration(value).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """An objective against what was measured; `measured` is None where nothing was."""

    objective: Objective
    measured: float | None
    samples: int
    outcome: Outcome


_WRITTEN = re.compile(r"(?P<who>.+):\s*(?P<measure>[a-z0-9_]+)\s*(?P<sign>[<>])=?\s*(?P<limit>[^<>]+)")
_HINT = 'write SERVICE[:ENDPOINT]:MEASURE<LIMIT, as "coupon-api:POST /coupons:p99<400ms" or "coupon-api:success>99%"'


def parse_objective(text: str) -> Objective:
    """Read `coupon-api:POST /coupons:p99<400ms`, `coupon-issuer:wait_p99<1s`, `coupon-api:success>99.5%`.

    Raises:
        QuestionError: it is not written like that.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or match["measure"] not in {measure.value for measure in Measure}:
        known = ", ".join(measure.value for measure in Measure)
        raise QuestionError(f"--objective {text!r} is not an objective", hint=f"{_HINT}; measures: {known}")
    measure = Measure(match["measure"])
    service, _, endpoint = match["who"].strip().partition(":")
    objective = Objective(
        service.strip(), endpoint.strip() or None, measure, _limit(text, measure, match["limit"])
    )
    if match["sign"] != objective.sign:
        raise QuestionError(
            f"--objective {text!r}: {measure} is limited with {objective.sign}", hint=f"as {objective}"
        )
    return objective


def judge(objective: Objective, measured: float | None, samples: int) -> Verdict:
    """Whether a measured value meets an objective.

    p99 needs 100 samples, p95 20, p50 2; a share of successes as many as let one failure pass: 100 for 99 %.
    """
    if measured is None or samples < _enough(objective):
        return Verdict(objective, measured, samples, Outcome.NOT_ENOUGH_DATA)
    is_share = objective.measure is Measure.SUCCESS
    met = measured >= objective.limit if is_share else measured <= objective.limit
    return Verdict(objective, measured, samples, Outcome.MET if met else Outcome.MISSED)


def unmatched(objectives: Iterable[Objective], verdicts: Iterable[Verdict]) -> list[Verdict]:
    """A verdict, without data, for each objective that no endpoint was found for."""
    judged = {verdict.objective for verdict in verdicts}
    return [judge(objective, None, 0) for objective in objectives if objective not in judged]


def _enough(objective: Objective) -> int:
    if objective.measure is Measure.SUCCESS:
        return min(ENOUGH_FOR_P99 * 100, round(1 / max(1e-4, 1 - objective.limit)))
    return round(100 / (100 - objective.measure.percent))


def _limit(text: str, measure: Measure, limit: str) -> float:
    if measure is not Measure.SUCCESS:
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
        raise QuestionError(f"--objective {text!r}: {limit!r} is not a share", hint="write it as 99.5%")
    return share
