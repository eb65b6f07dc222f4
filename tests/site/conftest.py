from __future__ import annotations

import pytest

from tests.deselection import deselect_unless_asked_for


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Playwright runs an event loop of its own, which those of other tests can't stand.
    deselect_unless_asked_for("browser", config, items)
