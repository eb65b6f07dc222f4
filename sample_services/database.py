"""The SQL engine of a process: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .schema import Base
from .telemetry.sql import TracedQueuePool, trace_statements

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .settings import DatabaseSettings

_SCHEMA_ATTEMPTS = 10


def open_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Create the engine, with spans for its statements and for waits on its pool. It connects when first used.

    The pool does not overflow: the database gets at most `pool_size` connections.
    """
    url = make_url(settings.url)
    engine = create_async_engine(
        url,
        poolclass=TracedQueuePool,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_logging_name=url.database.rpartition("/")[2] if url.database else None,
        # A server may have restarted, so its connections are pinged before use. A file needs no ping.
        pool_pre_ping=url.get_backend_name() != "sqlite",
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    trace_statements(engine)
    return engine


async def create_schema(engine: AsyncEngine) -> None:
    """Create missing tables and indexes; safe if several processes do so at once.

    If two processes find the same table missing, the slower one fails, tries again and then finds it.
    Raises the database's error after about five seconds of trying.
    """
    for attempt in range(1, _SCHEMA_ATTEMPTS + 1):
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_create_missing)
        except (DBAPIError, OSError):
            if attempt == _SCHEMA_ATTEMPTS:
                raise
            await asyncio.sleep(0.1 * attempt)
        else:
            return


def _create_missing(connection: Connection) -> None:
    Base.metadata.create_all(connection)
    # `create_all` skips the indexes of tables that exist, so newer indexes are created here.
    for table in Base.metadata.sorted_tables:
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def insert_new(engine: AsyncEngine, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that skips the rows that a unique constraint refuses."""
    if engine.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL lets readers work beside one writer. FULL makes a commit survive a power cut, because
    # entries are acknowledged to the queue after the commit.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
