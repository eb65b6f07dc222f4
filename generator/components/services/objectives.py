"""What services promise."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import SpecKey, option, required
from generator.spec.quantities import Duration, Percent
from generator.spec.record import Record

_SERVICE = kinds.Text(r"[^\0\s]+", "a service's name, as in its traces")
_ENDPOINT = kinds.Text(r"[^\0]+", "a server span's name, as POST /orders")


@dataclass(frozen=True)
class ObjectiveSpec:
    """What one service, or one endpoint of it, promises to its callers."""

    service: str = required(_SERVICE, "whose: one of the samples or of `services`")
    endpoint: str | None = option(
        containers.Maybe(_ENDPOINT), None, "of one endpoint, as POST /orders; else of all"
    )
    success: Percent | None = option(
        containers.Maybe(kinds.percent("99%", "0.01%", "100%")),
        None,
        "share of its requests without an error",
    )
    p99: Duration | None = option(
        containers.Maybe(kinds.duration("400ms", "1ms", "1d")), None, "99 of 100 requests take no longer"
    )


OBJECTIVES: SpecKey[tuple[ObjectiveSpec, ...] | None] = SpecKey(
    "objectives",
    option(
        containers.Maybe(containers.ListOf(Record(ObjectiveSpec), 100)), None,
        "as [{service: shop, success: 99%, p99: 400ms}]; null: of coupon-api, while the samples run",
    ),
    20,
)  # fmt: skip
