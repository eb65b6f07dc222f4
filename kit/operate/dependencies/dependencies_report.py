"""Output of a computation of the graph, as text or JSON."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from kit.operate.dependencies.compute import Computed
from kit.operate.dependencies.edges import Edge
from kit.operate.dependencies.store import LONGEST_TRACE
from kit.terminal import bold, say


@dataclass(frozen=True, slots=True)
class CallsBetween:
    """An edge of the graph."""

    parent: Annotated[str, "the service that calls"]
    child: Annotated[str, "the service that is called"]
    count: Annotated[int, "calls"]


@dataclass(frozen=True, slots=True)
class DependenciesAnswer:
    """The calls between services."""

    KIND: ClassVar = "dependencies"

    windows: Annotated[int, "windows of 5 minutes"]
    windows_changed: Annotated[int, "windows whose rows were rewritten"]
    since: Annotated[str | None, "start of the first window, ISO 8601; null without a window"]
    traces: Annotated[int, "traces that were counted"]
    traces_cut: Annotated[int, "traces with more spans than are counted in one trace"]
    calls: Annotated[list[CallsBetween], "calls, by caller and called service"]


def answer_of(done: Sequence[Computed]) -> DependenciesAnswer:
    """Return the sum of the calls over all windows, with counts of windows and traces."""
    calls: Counter[Edge] = Counter()
    for window in done:
        calls.update(window.calls)
    return DependenciesAnswer(
        windows=len(done),
        windows_changed=sum(one.changed for one in done),
        since=done[0].window.moment.isoformat() if done else None,
        traces=sum(one.traces for one in done),
        traces_cut=sum(one.cut for one in done),
        calls=[CallsBetween(edge.parent, edge.child, count) for edge, count in sorted(calls.items())],
    )


def lines(answer: DependenciesAnswer) -> Iterator[str]:
    """Return the answer as lines of text."""
    yield from _table(answer.calls)
    say(
        f"{answer.traces} traces in {answer.windows} windows of 5 minutes; "
        f"{answer.windows_changed} windows changed"
    )
    if answer.traces_cut:
        say(
            f"{answer.traces_cut} traces have more than {LONGEST_TRACE:,} spans each: the rest was not counted"
        )


def _table(calls: Sequence[CallsBetween]) -> Iterator[str]:
    if not calls:
        say("no calls between services in this time")
        return
    width = max(len("caller"), *(len(one.parent) for one in calls))
    other = max(len("called"), *(len(one.child) for one in calls))
    yield bold(f"{'caller':<{width}}  {'called':<{other}}  {'calls':>9}", sys.stdout)
    for one in sorted(calls, key=lambda it: -it.count):
        yield f"{one.parent:<{width}}  {one.child:<{other}}  {one.count:>9}"
