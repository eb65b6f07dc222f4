"""Routes for requests for coupons, and for the notifier's callbacks."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Response
from opentelemetry import trace
from pydantic import BaseModel, Field
from sqlalchemy import select
from typing_extensions import TypedDict

from ..queues import CAMPAIGN_ATTRIBUTE, ID_LENGTH, CouponRequest
from ..schema import Coupon, Delivery, Rejection
from .admission import AdmittedRoute
from .failures import UnknownError
from .resources import FromApp, Resources

router = APIRouter(route_class=AdmittedRoute)
# These wait for no turn: they finish accepted requests, which must not wait behind new ones.
callbacks = APIRouter()

Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH, pattern=r"^[\w.:-]+$")]


class NewRequest(BaseModel):
    """Body of POST /campaigns/{campaign_id}/coupons."""

    user_id: Id


class NewDelivery(BaseModel):
    """Body of POST /deliveries: the coupon of `request_id` was delivered. The sender chooses `delivery_id`."""

    delivery_id: Id
    request_id: Id
    campaign_id: Id


class Accepted(TypedDict):
    """Answer to an accepted request; its outcome is at GET /coupons/{request_id}."""

    request_id: str


class Outcome(TypedDict):
    """Outcome of a request; only rejections have a `reason`."""

    request_id: str
    campaign_id: str
    status: Literal["pending", "issued", "rejected", "delivered"]
    reason: str | None


@router.post("/campaigns/{campaign_id}/coupons", status_code=202)
async def request_coupon(
    campaign_id: str,
    body: NewRequest,
    resources: FromApp,
    idempotency_key: Annotated[Id | None, Header()] = None,
) -> Accepted:
    """Enqueue a request. With an Idempotency-Key, sending it again has no second effect."""
    trace.get_current_span().set_attribute(CAMPAIGN_ATTRIBUTE, campaign_id)
    await resources.cache.get(campaign_id)
    request_id = idempotency_key or uuid.uuid4().hex
    await resources.acceptance.accept(
        CouponRequest(request_id, campaign_id, body.user_id), may_be_known=idempotency_key is not None
    )
    return {"request_id": request_id}


@router.get("/coupons/{request_id}")
async def read_outcome(request_id: Annotated[str, Path(max_length=64)], resources: FromApp) -> Outcome:
    """Return the outcome of a request."""
    outcome = await _find_outcome(resources, request_id)
    trace.get_current_span().set_attribute(CAMPAIGN_ATTRIBUTE, outcome["campaign_id"])
    return outcome


@callbacks.post("/deliveries", status_code=201)
async def record_delivery(body: NewDelivery, resources: FromApp, response: Response) -> dict[str, bool]:
    """Record that a coupon was delivered. A second time changes nothing, and is answered with 200, not 201."""
    trace.get_current_span().set_attribute(CAMPAIGN_ATTRIBUTE, body.campaign_id)
    is_new = await resources.deliveries.record(body.delivery_id, body.request_id)
    if not is_new:
        response.status_code = 200
    return {"new": is_new}


async def _find_outcome(resources: Resources, request_id: str) -> Outcome:
    issued = (
        select(Coupon.campaign_id, Delivery.delivery_id)
        .outerjoin(Delivery, Delivery.request_id == Coupon.request_id)
        .where(Coupon.request_id == request_id)
    )
    rejected = select(Rejection.campaign_id, Rejection.reason).where(Rejection.request_id == request_id)
    # Redis first: a request that is decided in between is then found in the database.
    pending_at = await resources.acceptance.campaign_of(request_id)
    async with resources.engine.connect() as connection:
        coupon = (await connection.execute(issued)).one_or_none()
        rejection = None if coupon else (await connection.execute(rejected)).one_or_none()
    if coupon:
        status: Literal["issued", "delivered"] = "delivered" if coupon.delivery_id else "issued"
        return _outcome(request_id, coupon.campaign_id, status)
    if rejection:
        return _outcome(request_id, rejection.campaign_id, "rejected", rejection.reason)
    if pending_at is None:
        raise UnknownError(f"there is no request {request_id}")
    return _outcome(request_id, pending_at, "pending")


def _outcome(
    request_id: str,
    campaign_id: str,
    status: Literal["pending", "issued", "rejected", "delivered"],
    reason: str | None = None,
) -> Outcome:
    return {"request_id": request_id, "campaign_id": campaign_id, "status": status, "reason": reason}
