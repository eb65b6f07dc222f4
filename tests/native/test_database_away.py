"""A database that is away for two minutes, in a file of its own: others can run beside it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.native.faults import check_spans, supervisor, under_load
from tests.native.stack import Stack, running

pytestmark = pytest.mark.native


def test_a_database_away_for_two_minutes_loses_nothing_and_verify_says_where_spans_wait(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "deployment") as stack:
        waiting = under_load_without_database(stack)
    assert "stuck: jaeger → storage: " in waiting
    assert " wait" in waiting


def under_load_without_database(stack: Stack) -> str:
    """What `kit verify` says meanwhile."""
    waiting = ""

    def away() -> None:
        nonlocal waiting
        supervisor(stack).stop(["cassandra"], 60)
        began = time.monotonic()
        waiting = stack.kit("verify", "--requests", "3", "--wait", "8s").stderr
        time.sleep(max(0.0, 120 - (time.monotonic() - began)))
        supervisor(stack).launch("cassandra")

    before, rows, _ = under_load(stack, away)
    check_spans(stack, before, rows)
    return waiting
