"""Four questions that do not need each other's answers, asked one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ..coupon_notifier.callback import TIMEOUT_SECONDS, Callback

if TYPE_CHECKING:
    import requests

    from ..queues import CouponRequest

_QUESTIONS = ("address", "consent", "device", "language")


class SerialCallback(Callback):
    """The handler of `coupon.issued`, which wants to know whom it tells."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self._users = f"{api_url}/users"

    def _call(self, session: requests.Session, request: CouponRequest) -> None:
        user = f"{self._users}/{quote(request.user_id, safe='')}"
        for question in _QUESTIONS:
            # Whatever the answer: an API without this fault has none, and the coupon is delivered all the same.
            session.get(f"{user}/{question}", timeout=TIMEOUT_SECONDS)
        super()._call(session, request)
