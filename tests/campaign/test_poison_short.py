"""The campaign's short form: many poisons at once, then one innocent span."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.campaign.ledger import database, dead_letters
from tests.campaign.shapes import SHAPES, Shape
from tests.campaign.trial import Trial
from tests.campaign.whole import WHOLE
from tests.native.stack import running

pytestmark = pytest.mark.native

LIGHT = [shape for shape in SHAPES if not shape.heavy]
# One of each kind of harm that was seen: a full heap, a row that is too large, deep recursion, a batch too large.
HEAVY = (
    "2,000,000 events, empty", "500,000 attributes, empty", "2,000,000 links, empty", "3 MiB of NUL in a map",
    "attribute: 10,000 lists", "2,000,000 empty spans, empty", "attribute: 90,000 maps",
    "event attribute: 90,000 maps around NaN", "resource attribute: 90,000 lists beside closed ones",
)  # fmt: skip
GROUP = 60
# Bytes: the limit of its container, above which the kernel would end it.
COLLECTOR_MEMORY = 512 << 20
# The port for OTLP of the program between collector and Jaeger, above the stack's first one.
DEAD_LETTERS = 15


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with (
        running(tmp_path_factory.mktemp("campaign") / "deployment") as stack,
        database(stack.cql_port) as session,
    ):
        yield Trial(stack.folder, stack.base + 1, session)


@pytest.fixture(scope="module")
def behind(trial: Trial) -> Trial:
    """Its sender goes around the collector, which repairs or cuts almost all of the shapes."""
    return trial.through(DEAD_LETTERS)


def _goes_on(trial: Trial, shapes: list[Shape]) -> None:
    results = [trial.poison(shape) for shape in shapes]
    assert trial.innocent() is not None, "the innocent span was never written"
    assert trial.restarted() == []
    # Nothing that was acknowledged is tried forever.
    trial.count(results, 180)
    assert [one.shape.name for one in results if one.stuck] == []


@pytest.mark.parametrize("first", range(0, len(LIGHT), GROUP))
def test_many_odd_spans_hold_up_nobody(trial: Trial, first: int) -> None:
    _goes_on(trial, LIGHT[first : first + GROUP])


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_span_holds_up_nobody(trial: Trial, name: str) -> None:
    (shape,) = (shape for shape in SHAPES if shape.name == name)
    _goes_on(trial, [shape])
    assert trial.peak("otelcol") < COLLECTOR_MEMORY


@pytest.mark.parametrize("first", range(0, len(LIGHT), GROUP) if WHOLE else [0, 4 * GROUP])
def test_what_no_limit_cuts_is_written_or_a_dead_letter(trial: Trial, behind: Trial, first: int) -> None:
    shapes = LIGHT[first : first + GROUP]
    with ThreadPoolExecutor(len(shapes)) as pool:
        sent = [pool.submit(behind.poison, shape) for shape in shapes]
        assert trial.innocent() is not None, "the innocent span was never written"
        results = [one.result() for one in sent]
    assert behind.restarted() == []
    refused = [
        (one.shape.name, one.status, round(one.answered)) for one in results if one.status not in (200, 400)
    ]
    assert refused == []
    behind.count(results, 180)
    letters = dead_letters(behind.folder)
    assert [one.shape.name for one in results if one.stuck and one.trace_id not in letters] == []
    # Else nothing of this was tried.
    assert any(one.trace_id in letters for one in results)


def test_the_campaign_has_shapes_of_every_kind() -> None:
    assert len(SHAPES) >= 300
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
    assert {shape.name for shape in SHAPES} >= set(HEAVY)
