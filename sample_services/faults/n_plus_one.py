"""A list whose rows are read one by one: a statement for each campaign, and one for each of its coupons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..coupon_api.admission import AdmittedRoute
from ..coupon_api.campaigns import Limit, listed, newest
from ..coupon_api.resources import FromApp
from ..schema import Coupon

if TYPE_CHECKING:
    from collections.abc import Sequence

router = APIRouter(route_class=AdmittedRoute)


@router.get("/campaigns")
async def list_campaigns(resources: FromApp, limit: Limit = 10) -> list[dict[str, Any]]:
    """List the newest campaigns with their coupons."""
    async with AsyncSession(resources.engine) as session:
        campaigns = (await session.scalars(newest(limit))).all()
        return [listed(campaign, await _coupons(session, campaign.id)) for campaign in campaigns]


async def _coupons(session: AsyncSession, campaign_id: str) -> Sequence[Coupon]:
    ids = select(Coupon.request_id).where(Coupon.campaign_id == campaign_id).order_by(Coupon.created_at)
    found = (await session.scalars(ids)).all()
    return [await session.get_one(Coupon, request_id) for request_id in found]
