"""Stand-in, in the API, for the other service that `serial_calls` calls."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

_ANSWER_SECONDS = 0.06

router = APIRouter()


@router.get("/users/{user_id}/{question}")
async def answer(user_id: str, question: str) -> dict[str, str]:
    """Answer slowly, with no data."""
    await asyncio.sleep(_ANSWER_SECONDS)
    return {"user_id": user_id, question: "unknown"}
