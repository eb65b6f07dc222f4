"""Tests that need more than most machines have run only when they are asked for by their marker: `-m docker`."""

from __future__ import annotations

import pytest


def deselect_unless_asked_for(marker: str, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of a marker out of a run whose `-m` does not name it."""
    if marker in config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker(marker)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
