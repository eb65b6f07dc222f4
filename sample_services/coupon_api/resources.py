"""Resources that the routes use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from .acceptance import Acceptance
    from .campaign_cache import CampaignCache
    from .deliveries import Deliveries


@dataclass(frozen=True, slots=True)
class Resources:
    """Resources of one application."""

    engine: AsyncEngine
    cache: CampaignCache
    acceptance: Acceptance
    deliveries: Deliveries


async def _of_request(connection: HTTPConnection) -> Resources:
    resources: Resources = connection.app.state.resources
    return resources


FromApp = Annotated[Resources, Depends(_of_request)]
