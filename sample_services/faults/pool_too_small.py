"""A pool of one connection, which a request holds while it waits for another service."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path
from sqlalchemy import select

from ..coupon_api import coupons
from ..coupon_api.admission import AdmittedRoute
from ..coupon_api.coupons import Outcome
from ..coupon_api.resources import FromApp
from ..schema import Coupon

if TYPE_CHECKING:
    from ..settings import DatabaseSettings

_CALL_SECONDS = 0.02

router = APIRouter(route_class=AdmittedRoute)


@router.get("/coupons/{request_id}")
async def read_outcome(request_id: Annotated[str, Path(max_length=64)], resources: FromApp) -> Outcome:
    """Return the outcome of a request, after a call to another service about its user."""
    async with resources.engine.connect() as connection:
        await connection.execute(select(Coupon.user_id).where(Coupon.request_id == request_id))
        await asyncio.sleep(_CALL_SECONDS)
    return await coupons.read_outcome(request_id, resources)


def one_connection(database: DatabaseSettings) -> DatabaseSettings:
    """Return the same settings with a pool of one connection."""
    return replace(database, pool_size=1)
