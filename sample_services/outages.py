"""Decide whether a failure is the fault of the entry or of a dependency of the consumer.

A failure by the entry's own fault will happen again. It is counted, until the entry becomes a dead
letter. While a database, Redis or another service is down, healthy entries fail by the thousand. That
says nothing about them, so they wait until it is back.

Every error of a store's client is an outage. An entry cannot cause one, because its content was
checked when it was read (`queues.CouponRequest`).
"""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, SQLAlchemyError


class OutageError(Exception):
    """Raised when a dependency is not usable for now."""


def is_outage(error: BaseException) -> bool:
    """Whether a failure is the fault of a dependency, not of the entry.

    Unknown errors count against the entry, so that an entry that triggers a defect is not retried forever.
    """
    if isinstance(error, DataError):
        return False
    return isinstance(error, (OutageError, RedisError, SQLAlchemyError, OSError))
