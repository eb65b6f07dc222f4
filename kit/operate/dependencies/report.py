"""What one computation of the graph found, for a person or a program."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from kit.operate.dependencies.compute import Computed
from kit.operate.dependencies.edges import Edge
from kit.operate.dependencies.store import LONGEST_TRACE
from kit.terminal import Output, answer, bold, data, say


def report(done: Sequence[Computed], output: Output) -> None:
    """Print the calls of all windows together, and what became of the windows."""
    calls: Counter[Edge] = Counter()
    for window in done:
        calls.update(window.calls)
    traces, changed = sum(one.traces for one in done), sum(one.changed for one in done)
    cut = sum(one.cut for one in done)
    if output is Output.JSON:
        answer(
            "dependencies",
            windows=len(done),
            windows_changed=changed,
            since=done[0].window.moment.isoformat() if done else None,
            traces=traces,
            traces_cut=cut,
            calls=[
                {"parent": edge.parent, "child": edge.child, "count": n} for edge, n in sorted(calls.items())
            ],
        )
        return
    _table(calls)
    say(f"{traces} traces in {len(done)} windows of 5 minutes; {changed} windows changed")
    if cut:
        say(f"{cut} traces have more than {LONGEST_TRACE:,} spans: only so many of each were counted")


def _table(calls: Counter[Edge]) -> None:
    if not calls:
        say("no service called another in that time")
        return
    width = max(len("caller"), *(len(edge.parent) for edge in calls))
    other = max(len("called"), *(len(edge.child) for edge in calls))
    data(bold(f"{'caller':<{width}}  {'called':<{other}}  {'calls':>9}", sys.stdout))
    for edge, count in sorted(calls.items(), key=lambda item: (-item[1], item[0])):
        data(f"{edge.parent:<{width}}  {edge.child:<{other}}  {count:>9}")
