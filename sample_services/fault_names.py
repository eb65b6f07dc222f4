"""Names of faults on purpose, to see how they look in traces: `FAULTS=slow_consumer,n_plus_one`. Off by default.

| fault | what the services then do | who |
| --- | --- | --- |
| `slow_consumer` | take one request for a coupon at a time, and 80 ms for each | coupon_issuer |
| `n_plus_one` | read the coupons of GET /campaigns one by one | coupon_api |
| `pool_too_small` | have one connection, and hold it in GET /coupons/{request_id} during a call of 20 ms | coupon_api |
| `cache_stampede` | let campaigns expire together, and every reader compute the same one for 300 ms | coupon_api |
| `serial_calls` | ask four independent questions, 60 ms each, one after the other | coupon_notifier |
"""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """A fault by the name it has in `FAULTS`."""

    SLOW_CONSUMER = "slow_consumer"
    N_PLUS_ONE = "n_plus_one"
    POOL_TOO_SMALL = "pool_too_small"
    CACHE_STAMPEDE = "cache_stampede"
    SERIAL_CALLS = "serial_calls"


def parse_faults(text: str) -> frozenset[Fault]:
    """Read names separated by commas; raises ValueError that names the first unknown one."""
    return frozenset(Fault(name) for part in text.split(",") if (name := part.strip()))
