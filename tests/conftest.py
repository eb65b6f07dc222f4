"""The real programs, obtained once a machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from kit import terminal
from kit.provision import Program, TextProgress, provision
from tests.answers.holding import held
from tests.chromium import chromium
from tests.second_try import give_a_second_try, report_second_tries

# One for all folders: Playwright refuses a second one in a process.
__all__ = ["chromium"]

# A slow machine is no failure: nothing here is judged by the clock.
settings.register_profile("kit", deadline=None)
settings.load_profile("kit")


# A worker of pytest-xdist has one, whatever the terminal is, and answers would be cut to it.
os.environ.pop("COLUMNS", None)

_STACK_BYTES = 3 << 30


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two a processor, since a native deployment mostly waits; as many as have room for one each."""
    del config
    return max(1, min(2 * (os.cpu_count() or 1), psutil.virtual_memory().available // _STACK_BYTES))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    give_a_second_try(items)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.get_closest_marker("native") is None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """List the tests that ran twice, and fail a run with too many of them."""
    report_second_tries(session)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> None:
    """Refuse bytes without an id: what makes them may put a time in, and nobody can read them in a report."""
    del config
    if isinstance(val, bytes):
        raise pytest.UsageError(f'{argname}: give bytes an id, such as pytest.param(b"", id="empty")')


@pytest.fixture(autouse=True)
def _answers_are_as_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every JSON answer that a test's process prints is held against the schema of its kind."""
    written = terminal.as_json
    monkeypatch.setattr(terminal, "as_json", lambda document: held(written(document)))


@pytest.fixture(scope="session")
def programs() -> Mapping[str, Program]:
    """Jaeger, collector, Cassandra, Redis: obtained if they are missing, which takes minutes, once."""
    return provision(progress=TextProgress())


@pytest.fixture(scope="session")
def monitoring_programs() -> Mapping[str, Program]:
    """Return Prometheus and node_exporter, which only deployments with monitoring need: they are built for minutes."""
    return provision(["node_exporter", "prometheus"], progress=TextProgress())


@pytest.fixture(scope="session")
def prometheus(monitoring_programs: Mapping[str, Program]) -> Program:
    """Return Prometheus."""
    return monitoring_programs["prometheus"]


@pytest.fixture(scope="session")
def jaeger_binary(programs: Mapping[str, Program]) -> Path:
    return programs["jaeger"].executable


@pytest.fixture(scope="session")
def redis_server_path() -> Path:
    """Redis alone, which takes seconds to obtain: the services' tests need nothing else."""
    return provision(["redis"])["redis"].executable
