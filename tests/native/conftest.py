from __future__ import annotations

import pytest

from tests.deselection import deselect_unless_asked_for


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """They need a package that only root can install: only who says `-m postgresql` gets them."""
    deselect_unless_asked_for("postgresql", config, items)
