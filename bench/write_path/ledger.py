"""Compare the spans that the first hop acknowledged with those found in the store. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bench.write_path.spans import BATCH


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts of the spans of one block.

    Attributes:
        acknowledged: Spans that were acknowledged to the sender.
        found: Acknowledged spans with a row in the store at the end.
        waiting: Acknowledged spans in a queue on disk at the end.
        unacknowledged_found: Rows of spans that the sender would send again.
    """

    acknowledged: int
    found: int
    waiting: int
    unacknowledged_found: int

    @property
    def lost(self) -> int:
        """Acknowledged spans that are neither in the store nor in a queue on disk."""
        return self.acknowledged - self.found - self.waiting


def balance(batches: Collection[int], rows: Mapping[int, int], waiting: int = 0) -> Ledger:
    """Compare by id, not by sums, so that an extra span cannot hide a missing one.

    Args:
        batches: the acknowledged requests.
        rows: write time of each span, by its number in the run.
        waiting: spans in the queue on disk that are not yet acknowledged; some of their rows may exist.
    """
    safe = set(batches)
    found = sum(1 for number in rows if number // BATCH in safe)
    acknowledged = len(safe) * BATCH
    return Ledger(acknowledged, found, min(waiting, acknowledged - found), len(rows) - found)


def rate(rows: Mapping[int, int], began_us: int, warm: float, seconds: float) -> float:
    """Return the rows per second, written after the first `warm` seconds and before the end of `seconds`."""
    first, last = began_us + int(warm * 1e6), began_us + int(seconds * 1e6)
    return sum(1 for written in rows.values() if first <= written < last) / (seconds - warm)
