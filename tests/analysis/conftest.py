"""A real Jaeger for the tests marked `native`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analysis.running_jaeger import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.analysis.running_jaeger import RunningJaeger


@pytest.fixture(scope="session")
def jaeger(jaeger_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningJaeger]:
    yield from running(jaeger_binary, tmp_path_factory.mktemp("jaeger"), "/")


@pytest.fixture
def jaeger_under_base_path(jaeger_binary: Path, tmp_path: Path) -> Iterator[RunningJaeger]:
    yield from running(jaeger_binary, tmp_path, "/tracing")
