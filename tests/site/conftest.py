from __future__ import annotations

import pytest

from tests.chromium import chromium, deselect_unless_asked_for

__all__ = ["chromium"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    deselect_unless_asked_for(config, items)
