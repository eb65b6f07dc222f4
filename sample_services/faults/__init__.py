"""Faults on purpose, to see how they look in traces: `FAULTS=slow_consumer,n_plus_one`. Off unless asked for.

Each lies in a module of its own that takes the place of the sound code when the service starts; while it is
off, nothing of it runs. A pause stands in for what takes time elsewhere: another company's service, a
computation.

| fault | what the services then do | who |
| --- | --- | --- |
| `slow_consumer` | take one request for a coupon at a time, and 80 ms for each | coupon_issuer |
| `n_plus_one` | read the coupons of GET /campaigns one by one | coupon_api |
| `pool_too_small` | have one connection, and hold it in GET /coupons/{request_id} during a call of 20 ms | coupon_api |
| `cache_stampede` | let campaigns expire together, and every reader compute the same one for 300 ms | coupon_api |
| `serial_calls` | ask four independent questions, 60 ms each, one after the other | coupon_notifier |
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_log = logging.getLogger(__name__)


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


def announce(faults: Collection[Fault]) -> None:
    """Say in the log which are on: nobody should look for the cause of one that was forgotten."""
    if faults:
        _log.warning("slow on purpose, FAULTS has %s", ", ".join(sorted(faults)))
