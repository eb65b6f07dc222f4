"""Routes for campaigns."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from opentelemetry import trace
from pydantic import BaseModel, Field
from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from ..queues import CAMPAIGN_ATTRIBUTE
from ..schema import Campaign, Coupon
from .admission import AdmittedRoute
from .campaign_cache import CampaignView
from .input_limits import Storable
from .resources import FromApp

if TYPE_CHECKING:
    from collections.abc import Sequence

router = APIRouter(route_class=AdmittedRoute)

Limit = Annotated[int, Query(ge=1, le=100)]


class NewCampaign(BaseModel):
    """Body of POST /campaigns."""

    name: Storable = Field(min_length=1, max_length=200)
    stock: int = Field(ge=0, le=10_000_000)


@router.post("/campaigns", status_code=201)
async def create_campaign(body: NewCampaign, resources: FromApp) -> CampaignView:
    """Create a campaign."""
    campaign_id = uuid.uuid4().hex[:12]
    trace.get_current_span().set_attribute(CAMPAIGN_ATTRIBUTE, campaign_id)
    async with resources.engine.begin() as connection:
        await connection.execute(
            insert(Campaign).values(id=campaign_id, name=body.name, stock=body.stock, issued=0)
        )
    return {"id": campaign_id, "name": body.name, "stock": body.stock, "issued": 0}


@router.get("/campaigns/{campaign_id}")
async def read_campaign(campaign_id: str, resources: FromApp) -> CampaignView:
    """Read a campaign, from the cache if possible."""
    trace.get_current_span().set_attribute(CAMPAIGN_ATTRIBUTE, campaign_id)
    return await resources.cache.get(campaign_id)


@router.get("/campaigns")
async def list_campaigns(resources: FromApp, limit: Limit = 10) -> list[dict[str, Any]]:
    """List the newest campaigns with their coupons, in two statements for any number of campaigns."""
    with_coupons = newest(limit).options(selectinload(Campaign.coupons))
    async with AsyncSession(resources.engine) as session:
        campaigns = (await session.scalars(with_coupons)).all()
    return [listed(campaign, campaign.coupons) for campaign in campaigns]


def newest(limit: int) -> Select[Campaign]:
    """Return the statement for the newest campaigns, without their coupons."""
    return select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id).limit(limit)


def listed(campaign: Campaign, coupons: Sequence[Coupon]) -> dict[str, Any]:
    """Return a campaign as in the answer of GET /campaigns."""
    return {
        "id": campaign.id,
        "name": campaign.name,
        "stock": campaign.stock,
        "issued": campaign.issued,
        "coupons": [{"request_id": coupon.request_id, "user_id": coupon.user_id} for coupon in coupons],
    }
