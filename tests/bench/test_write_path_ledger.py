"""The ledger: by id, so that nothing makes up for something else."""

from __future__ import annotations

import pytest

from bench.write_path.ledger import balance, rate
from bench.write_path.spans import BATCH


def test_everything_found() -> None:
    ledger = balance([0, 1], dict.fromkeys(range(2 * BATCH), 5))
    assert (ledger.acknowledged, ledger.found, ledger.lost) == (2 * BATCH, 2 * BATCH, 0)


def test_a_span_nobody_waits_for_does_not_hide_a_lost_one() -> None:
    rows = dict.fromkeys(range(2 * BATCH - 1), 5) | {7 * BATCH: 5}
    ledger = balance([0, 1], rows)
    assert (ledger.lost, ledger.unacknowledged_found) == (1, 1)


def test_what_waits_on_disk_is_not_lost() -> None:
    assert balance([0, 1], dict.fromkeys(range(BATCH), 5), waiting=BATCH).lost == 0


def test_what_is_found_does_not_wait_any_more() -> None:
    ledger = balance([0, 1], dict.fromkeys(range(2 * BATCH), 5), waiting=BATCH)
    assert (ledger.waiting, ledger.lost) == (0, 0)


def test_only_rows_within_the_window_count() -> None:
    began = 1_000_000
    rows = {0: began + 500_000, 1: began + 1_000_000, 2: began + 2_999_999, 3: began + 3_000_000}
    assert rate(rows, began, warm=1, seconds=3) == pytest.approx(1.0)
