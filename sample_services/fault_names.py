"""Names of deliberate faults that show up in traces: `FAULTS=slow_consumer,n_plus_one`. All are off by default.

| fault | effect | service |
| --- | --- | --- |
| `slow_consumer` | processes one request for a coupon at a time, for 80 ms each | coupon_issuer |
| `n_plus_one` | reads the coupons of GET /campaigns one by one | coupon_api |
| `pool_too_small` | has one connection, and holds it in GET /coupons/{request_id} during a call of 20 ms | coupon_api |
| `cache_stampede` | lets campaigns expire together, and every reader compute the same one for 300 ms | coupon_api |
| `serial_calls` | makes four independent calls, 60 ms each, one after the other | coupon_notifier |
"""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Name of a fault in `FAULTS`."""

    SLOW_CONSUMER = "slow_consumer"
    N_PLUS_ONE = "n_plus_one"
    POOL_TOO_SMALL = "pool_too_small"
    CACHE_STAMPEDE = "cache_stampede"
    SERIAL_CALLS = "serial_calls"


def parse_faults(text: str) -> frozenset[Fault]:
    """Parse names separated by commas. Raises ValueError, which names the first unknown one."""
    return frozenset(Fault(name) for part in text.split(",") if (name := part.strip()))
