"""Record deliveries: those that arrive together are stored together, in one statement and one commit.

While one commit waits for the disk, further callers gather for the next one. So no caller waits for a
batch to fill, and under a higher load more callers share a commit.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from sqlalchemy.exc import IntegrityError

from ..database import insert_new
from ..schema import Delivery
from ..telemetry.sharing import shared_by
from .failures import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.context import Context
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class _Note:
    delivery_id: str
    request_id: str
    context: Context = field(default_factory=otel_context.get_current)
    is_new: asyncio.Future[bool] = field(default_factory=asyncio.Future)


class Deliveries:
    """The table of deliveries, for callers that arrive one by one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: list[_Note] = []
        self._writer: asyncio.Task[None] | None = None

    async def record(self, delivery_id: str, request_id: str) -> bool:
        """Record a delivery and commit it; return whether it is the first of its coupon.

        Raises:
            UnknownError: There is no such coupon.
            SQLAlchemyError: The database is not usable; nothing is stored.
        """
        note = _Note(delivery_id, request_id)
        self._waiting.append(note)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await note.is_new

    async def _write(self) -> None:
        while self._waiting:
            notes, self._waiting = self._waiting, []
            await self._store(notes)

    async def _store(self, notes: Sequence[_Note]) -> None:
        try:
            added = await self._insert(notes)
        except IntegrityError as error:
            if len(notes) == 1:
                _refuse(notes[0], UnknownError(f"there is no coupon {notes[0].request_id}"), error)
                return
            # One of them names an unknown coupon: store each alone, so that the others do not fail.
            for note in notes:
                await self._store([note])
        except Exception as error:
            for note in notes:
                _refuse(note, error)
        else:
            for note in notes:
                # The same delivery may be in the batch twice: only the first is new.
                if not note.is_new.done():
                    note.is_new.set_result(note.delivery_id in added)
                added.discard(note.delivery_id)

    async def _insert(self, notes: Sequence[_Note]) -> set[str]:
        rows = [{"delivery_id": note.delivery_id, "request_id": note.request_id} for note in notes]
        with shared_by([note.context for note in notes]):
            async with self._engine.begin() as connection:
                added = await connection.execute(
                    insert_new(self._engine, Delivery).returning(Delivery.delivery_id), rows
                )
                return set(added.scalars())


def _refuse(note: _Note, error: Exception, cause: Exception | None = None) -> None:
    # A caller that has disconnected does not wait for an answer.
    if not note.is_new.done():
        error.__cause__ = cause
        note.is_new.set_exception(error)
