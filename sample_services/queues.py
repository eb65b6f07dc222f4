"""The two streams between the services: their keys, their groups and what an entry says."""

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

# New work is refused from here on, as a share of Redis's maxmemory; the rest is for the work that was taken.
FULL_SHARE = 0.85

# What fits into the tables, and what can't be in a text there: NUL, and the mark of bytes that were no UTF-8.
ID_LENGTH = 64
_FORBIDDEN = re.compile("[\x00\ufffd]")


def request_key(request_id: str) -> str:
    """The key under which Redis remembers who asked for what; it lasts until a while after the decision."""
    return f"coupon:request:{request_id}"


class MalformedEntryError(Exception):
    """An entry lacks a field that its stream promises, or has something else in it."""


@dataclass(frozen=True, slots=True)
class CouponRequest:
    """An entry of either stream: who asked for a coupon of which campaign, under which id.

    The id of the request names the coupon and its delivery as well, so that every step can be
    repeated without a second effect.
    """

    request_id: str
    campaign_id: str
    user_id: str

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> CouponRequest:
        """Read an entry; raises MalformedEntryError.

        What passes here, no database refuses: see `outages`.
        """
        missing = [name for name in cls.__slots__ if not fields.get(name)]
        if missing:
            raise MalformedEntryError(f"the entry has no {', '.join(missing)}")
        wrong = [
            name for name in cls.__slots__ if len(fields[name]) > ID_LENGTH or _FORBIDDEN.search(fields[name])
        ]
        if wrong:
            raise MalformedEntryError(f"the entry's {', '.join(wrong)} can't be an id")
        return cls(fields["request_id"], fields["campaign_id"], fields["user_id"])

    def to_fields(self) -> dict[str, str]:
        """The fields of an entry, without a trace context."""
        return asdict(self)
