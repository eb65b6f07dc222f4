"""Send marked requests: they can be identified, because they request coupons of their own campaign."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from kit.errors import MachineError

TRACE_HEADER = "X-Trace-Id"
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class Marked:
    """The requests that were sent.

    Attributes:
        campaign: Id of the campaign, which all spans carry as `coupon.campaign`.
        traces: Trace id of each request for a coupon, by request id.
        others: Trace ids of the other requests, which create the campaign and query outcomes.
        outcomes: Outcome of each request, by request id.
        delivered_at: Time of the last delivery, by the monotonic clock; 0 if one is missing.
    """

    campaign: str = ""
    traces: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    delivered_at: float = 0.0

    @property
    def undelivered(self) -> list[str]:
        """Request ids without a delivery."""
        return [request for request in self.traces if self.outcomes.get(request) != "delivered"]


def send_marked(api: str, count: int, wait: float) -> Marked:
    """Request `count` coupons and wait for their deliveries, at most `wait` seconds.

    Raises:
        MachineError: The API does not answer, or refuses a request.
    """
    import httpx

    marked = Marked()
    with httpx.Client(base_url=api, timeout=10, trust_env=False) as client:
        try:
            made = client.post("/campaigns", json={"name": f"verify-{secrets.token_hex(4)}", "stock": count})
            marked.campaign = str(made.raise_for_status().json()["id"])
            marked.others.append(made.headers.get(TRACE_HEADER, ""))
            for user in range(count):
                answer = client.post(
                    f"/campaigns/{marked.campaign}/coupons", json={"user_id": f"user-{user}"}
                )
                request = str(answer.raise_for_status().json()["request_id"])
                marked.traces[request] = answer.headers[TRACE_HEADER]
            _wait_for_outcomes(client, marked, time.monotonic() + wait)
        except httpx.HTTPError as error:
            raise MachineError(
                f"coupon-api at {api} does not answer as it should: {error}",
                hint="kit status; kit logs coupon-api",
            ) from None
    return marked


def _wait_for_outcomes(client: object, marked: Marked, deadline: float) -> None:
    import httpx

    assert isinstance(client, httpx.Client)  # noqa: S101  # httpx is imported only here
    while marked.undelivered:
        for request in marked.undelivered:
            answer = client.get(f"/coupons/{request}")
            marked.others.append(answer.headers.get(TRACE_HEADER, ""))
            marked.outcomes[request] = (
                answer.json()["status"] if answer.is_success else str(answer.status_code)
            )
        if not marked.undelivered:
            marked.delivered_at = time.monotonic()
        elif time.monotonic() > deadline:
            return
        else:
            time.sleep(_POLL_SECONDS)
