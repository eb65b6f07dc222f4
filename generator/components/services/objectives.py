"""Objectives of services."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import SpecKey, option, required
from generator.spec.quantities import Duration, Percent
from generator.spec.record import Record

_SERVICE = kinds.Text(r"[^\0\s]+", "a service's name as in its traces")
_ENDPOINT = kinds.Text(r"[^\0]+", "a server span's name, such as POST /orders")


@dataclass(frozen=True)
class ObjectiveSpec:
    """An objective of one service or one of its endpoints."""

    service: str = required(_SERVICE, "name of a sample, or of one of `services`")
    endpoint: str | None = option(
        containers.Maybe(_ENDPOINT), None, "an endpoint such as POST /orders; null: all endpoints"
    )
    success: Percent | None = option(
        containers.Maybe(kinds.percent("99%", "0.01%", "100%")),
        None,
        "minimum share of requests without an error",
    )
    p99: Duration | None = option(
        containers.Maybe(kinds.duration("400ms", "1ms", "1d")),
        None,
        "maximum duration of 99 % of the requests",
    )


OBJECTIVES: SpecKey[tuple[ObjectiveSpec, ...] | None] = SpecKey(
    "objectives",
    option(
        containers.Maybe(containers.ListOf(Record(ObjectiveSpec), 100)), None,
        "limits such as [{service: shop, success: 99%, p99: 400ms}]; null: one for coupon-api with the samples",
    ),
    20,
)  # fmt: skip
