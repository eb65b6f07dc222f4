from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.analysis.running_jaeger import RunningJaeger, running
from tests.deselection import deselect_unless_asked_for


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Playwright runs an event loop of its own, which those of other tests can't stand.
    deselect_unless_asked_for("browser", config, items)


@pytest.fixture(autouse=True)
def _folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)


@pytest.fixture(scope="session")
def jaeger(jaeger_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningJaeger]:
    yield from running(jaeger_binary, tmp_path_factory.mktemp("jaeger"), "/")
