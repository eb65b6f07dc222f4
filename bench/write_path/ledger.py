"""What became of the spans: acknowledged by the first hop against found in the store. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bench.write_path.spans import BATCH


@dataclass(frozen=True, slots=True)
class Ledger:
    """Spans of one block.

    Attributes:
        acknowledged: the sender was told that they are safe.
        found: of those, the rows there are at the end.
        waiting: of those, in a queue on disk at the end.
        unacknowledged_found: rows of spans that the sender would send again.
    """

    acknowledged: int
    found: int
    waiting: int
    unacknowledged_found: int

    @property
    def lost(self) -> int:
        """Acknowledged, but neither in the store nor in a queue that outlives the processes."""
        return self.acknowledged - self.found - self.waiting


def balance(batches: Collection[int], rows: Mapping[int, int], waiting: int = 0) -> Ledger:
    """Compare by id, not by sums: a span too many can't hide one that is missing.

    Args:
        batches: the acknowledged requests.
        rows: when each span was written, by its number in the run.
        waiting: spans that the queue on disk has not seen acknowledged; of some the rows may be there.
    """
    safe = set(batches)
    found = sum(1 for number in rows if number // BATCH in safe)
    acknowledged = len(safe) * BATCH
    return Ledger(acknowledged, found, min(waiting, acknowledged - found), len(rows) - found)


def rate(rows: Mapping[int, int], began_us: int, warm: float, seconds: float) -> float:
    """Rows per second of those written after the first `warm` seconds and before `seconds` were over."""
    first, last = began_us + int(warm * 1e6), began_us + int(seconds * 1e6)
    return sum(1 for written in rows.values() if first <= written < last) / (seconds - warm)
