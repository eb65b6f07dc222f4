"""A pool that is too small, on a real PostgreSQL: no lock of SQLite's can be taken for a wait for a connection."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest

from tests.native.postgresql import postgresql
from tests.native.test_faults_found import POOL_TOO_SMALL
from tests.native.trial import Trial, on_trial

pytestmark = pytest.mark.postgresql

# The last of the ports that a stack keeps free.
_PORT = 29


@pytest.fixture
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A deployment whose services store in PostgreSQL, with two snapshots of them without a fault."""
    with (
        on_trial(tmp_path_factory.mktemp("pool") / "deployment") as trial,
        postgresql(trial.stack.base + _PORT) as url,
    ):
        trial.environment["DATABASE_URL"] = url
        trial.twice_without_a_fault({POOL_TOO_SMALL.slower}, POOL_TOO_SMALL.load)
        yield trial
        trial.stop()


def databases(trial: Trial, snapshot: str) -> set[str]:
    """What the statements of a snapshot were asked of."""
    traces = trial.stack.folder / ".kit" / "snapshots" / snapshot / "traces.jsonl.gz"
    with gzip.open(traces, "rt", encoding="utf-8") as lines:
        return set(re.findall(r'"db\.system\.name","value":\{"stringValue":"(\w+)"', lines.read()))


def test_a_pool_that_is_too_small(trial: Trial) -> None:
    for name in ("before", "repeat"):
        assert trial.findings(name, exit_code=0) == []
    assert POOL_TOO_SMALL.slower in trial.judged("before", "repeat", "no change")

    trial.restart(POOL_TOO_SMALL.fault)
    trial.snapshot("small", POOL_TOO_SMALL.load)
    assert databases(trial, "small") == {"postgresql"}
    (first, where), *others = trial.findings("small", exit_code=1)
    assert first == POOL_TOO_SMALL.rule, (first, others)
    assert {rule for rule, _ in others} <= {POOL_TOO_SMALL.rule}, others
    assert POOL_TOO_SMALL.where in {where, *(place for _, place in others)}
    assert POOL_TOO_SMALL.slower in trial.judged("before", "small", "slower")
    assert POOL_TOO_SMALL.slower in trial.judged("small", "before", "faster")
