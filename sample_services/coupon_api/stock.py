"""Report the stock of all campaigns, and how much of it is issued."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ..schema import Campaign
from ..telemetry.instruments import gauge

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# A sum over all campaigns must not run for each scrape.
EVERY_SECONDS = 15.0

_stock = gauge("coupon.stock", "{coupon}", "Stock of all campaigns. The database is asked every 15 s.")
_issued = gauge("coupon.stock.issued", "{coupon}", "Issued part of the stock of all campaigns.")


class Stock:
    """The stock in one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def look(self) -> None:
        """Query the sums. Raises SQLAlchemyError or OSError."""
        sums = select(func.coalesce(func.sum(Campaign.stock), 0), func.coalesce(func.sum(Campaign.issued), 0))
        async with self._engine.connect() as connection:
            stock, issued = (await connection.execute(sums)).one()
        _stock.set(int(stock))
        _issued.set(int(issued))

    async def run(self, stop: asyncio.Event) -> None:
        """Query until `stop` is set. While the database does not answer, the last values stay."""
        while not stop.is_set():
            with contextlib.suppress(SQLAlchemyError, OSError):
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
