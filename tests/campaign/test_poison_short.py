"""The campaign's short form: many poisons at once, then one innocent span."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.campaign.ledger import database
from tests.campaign.shapes import SHAPES, Shape
from tests.campaign.trial import Trial
from tests.native.stack import running

pytestmark = pytest.mark.native

LIGHT = [shape for shape in SHAPES if not shape.heavy]
# One of each kind of harm that was seen: a full heap, a row that is too large, deep recursion, a batch too large.
HEAVY = (
    "2,000,000 events, empty", "500,000 attributes, empty", "2,000,000 links, empty", "3 MiB of NUL in a map",
    "attribute: 10,000 lists", "2,000,000 empty spans, empty",
)  # fmt: skip
GROUP = 60


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with (
        running(tmp_path_factory.mktemp("campaign") / "deployment") as stack,
        database(stack.cql_port) as session,
    ):
        yield Trial(stack.folder, stack.base + 1, session)


def _goes_on(trial: Trial, shapes: list[Shape]) -> None:
    results = [trial.poison(shape) for shape in shapes]
    assert trial.innocent() is not None, "the innocent span was never written"
    assert trial.restarted() == []
    # Nothing that was acknowledged is tried for ever.
    trial.count(results, 180)
    assert [one.shape.name for one in results if one.stuck] == []


@pytest.mark.parametrize("first", range(0, len(LIGHT), GROUP))
def test_many_odd_spans_hold_up_nobody(trial: Trial, first: int) -> None:
    _goes_on(trial, LIGHT[first : first + GROUP])


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_span_holds_up_nobody(trial: Trial, name: str) -> None:
    _goes_on(trial, [shape for shape in SHAPES if shape.name == name])


def test_the_campaign_has_shapes_of_every_kind() -> None:
    assert len(SHAPES) >= 300
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
    assert {shape.name for shape in SHAPES} >= set(HEAVY)
