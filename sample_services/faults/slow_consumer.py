"""A consumer that is slower than its producer, so that entries wait."""

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
    """Return a handler with a pause inside the process span of each entry: at most 12 entries per second."""

    async def handle(batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            # The first access starts the span, so the pause counts as processing, not as waiting.
            assert delivery.span  # noqa: S101
            await asyncio.sleep(_EACH_SECONDS)
        await handler(batch)

    return handle


def one_at_a_time(queue: QueueSettings) -> QueueSettings:
    """Return the same settings with a batch size of one."""
    return replace(queue, batch_size=1)
