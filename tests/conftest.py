"""The real programs, obtained once a machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kit.provision import Program, TextProgress, provision


@pytest.fixture(scope="session")
def programs() -> Mapping[str, Program]:
    """Jaeger, collector, Cassandra, Redis: obtained if they are missing, which takes minutes, once."""
    return provision(progress=TextProgress())


@pytest.fixture(scope="session")
def jaeger_binary(programs: Mapping[str, Program]) -> Path:
    return programs["jaeger"].executable


@pytest.fixture(scope="session")
def redis_server_path() -> Path:
    """Redis alone, which takes seconds to obtain: the services' tests need nothing else."""
    return provision(["redis"])["redis"].executable
