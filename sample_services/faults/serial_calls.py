"""Four independent calls that are made one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ..coupon_notifier.callback import TIMEOUT_SECONDS, Callback

if TYPE_CHECKING:
    import requests

    from ..queues import CouponRequest

_QUESTIONS = ("address", "consent", "device", "language")


class SerialCallback(Callback):
    """Handler of `coupon.issued` that first reads data about the user."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self._users = f"{api_url}/users"

    def _call(self, session: requests.Session, request: CouponRequest) -> None:
        user = f"{self._users}/{quote(request.user_id, safe='')}"
        for question in _QUESTIONS:
            # The answer is ignored: an API without this fault answers 404, and the coupon is delivered anyway.
            session.get(f"{user}/{question}", timeout=TIMEOUT_SECONDS)
        super()._call(session, request)
