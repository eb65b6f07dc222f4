"""Whose fault a failure is: the entry's own, or that of what the consumer depends on.

The difference decides what becomes of the entry. A failure of its own will come again and is
counted, until the entry goes to the dead letters. While a database, Redis or another service is
away, healthy entries fail by the thousand: that says nothing about them, and they wait, however
long it takes.

Whatever a store's client raises is an outage. An entry cannot cause it: what it may contain was
checked when it was read (`queues.CouponRequest`).
"""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, SQLAlchemyError


class OutageError(Exception):
    """Something that the work depends on cannot be used for now."""


def is_outage(error: BaseException) -> bool:
    """Whether a failure says nothing about the entry it happened to.

    Anything unforeseen counts against the entry: a defect that it lays bare must not come round for ever.
    """
    if isinstance(error, DataError):
        return False
    return isinstance(error, (OutageError, RedisError, SQLAlchemyError, OSError))
