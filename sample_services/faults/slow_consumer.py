"""A consumer that is slower than its producer: what it does not get to, waits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..delivery import Delivery
    from ..settings import QueueSettings
    from ..stream_consumer import Handler

_EACH_SECONDS = 0.08


def slowed(handler: Handler) -> Handler:
    """The same work, after a pause within the process span of each entry: at most 12 entries a second."""

    async def handle(batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            # Its first look starts the span: the pause is processing, not waiting.
            assert delivery.span  # noqa: S101
            await asyncio.sleep(_EACH_SECONDS)
        await handler(batch)

    return handle


def one_at_a_time(queue: QueueSettings) -> QueueSettings:
    """The same queue, read without batches."""
    return replace(queue, batch_size=1)
