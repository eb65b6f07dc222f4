from __future__ import annotations

import pytest

from tests.chromium import deselect_unless_asked_for


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    deselect_unless_asked_for(config, items)
