"""The two streams between the services: their keys, their groups and the fields of an entry."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUESTS = "coupon.requests"
ISSUED = "coupon.issued"
ISSUER_GROUP = "coupon-issuer"
NOTIFIER_GROUP = "coupon-notifier"

CAMPAIGN_ATTRIBUTE = "coupon.campaign"

# Share of Redis's maxmemory from which on new requests are refused. The rest is for processing accepted ones.
FULL_SHARE = 0.85

# Limits of the tables: the length of an id, and characters that are refused: NUL, and the replacement character of
# bytes that were not UTF-8.
ID_LENGTH = 64
_FORBIDDEN = re.compile("[\x00\ufffd]")


def request_key(request_id: str) -> str:
    """Key under which Redis remembers the user and campaign of a request, until some time after the decision."""
    return f"coupon:request:{request_id}"


class MalformedEntryError(Exception):
    """Raised when an entry lacks a required field, or a field is invalid."""


@dataclass(frozen=True, slots=True)
class CouponRequest:
    """An entry of either stream: the id of a request, its campaign and its user.

    The request's id is also the id of the coupon and of its delivery, so that every step can be
    repeated without a second effect.
    """

    request_id: str
    campaign_id: str
    user_id: str

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> CouponRequest:
        """Parse an entry. Raises MalformedEntryError.

        No database refuses an entry that passes here: see `outages`.
        """
        missing = [name for name in cls.__slots__ if not fields.get(name)]
        if missing:
            raise MalformedEntryError(f"the entry has no {', '.join(missing)}")
        wrong = [
            name for name in cls.__slots__ if len(fields[name]) > ID_LENGTH or _FORBIDDEN.search(fields[name])
        ]
        if wrong:
            raise MalformedEntryError(f"the entry has an invalid {', '.join(wrong)}")
        return cls(fields["request_id"], fields["campaign_id"], fields["user_id"])

    def to_fields(self) -> dict[str, str]:
        """Return the fields of an entry, without a trace context."""
        return asdict(self)
