"""Jaeger's rule extended through queues: a request ends when the last of its consumers is done.

Each consumer starts a new stage: in the same trace, with the producer as parent, or in another trace, with a link to
the producer. The path starts at the end of the stage that ends last and goes back by Jaeger's rule to the stage's
start. The time from the message's enqueuing to that start is a queue wait. Then the path continues in the producer.

If the consumer reports the wait (`messaging.redis.queue_wait_ms`), the message was enqueued that long before the
consumer's start, else at the producer's end. This time is always cut to the producer's span, and it is not after the
consumer's start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.joining import topmost
from analysis.columns.table import NOWHERE
from analysis.critical_path.jaeger_rule import walk_back
from analysis.critical_path.nesting import consumers_of_producers, nesting_of
from analysis.critical_path.path import Path, Section, path_of
from analysis.model import SpanKind
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Rows, SpanTable


class Requests:
    """The requests of a table: their stages and the order of these.

    Attributes:
        stage_of: For each row, the first row of its stage.
        senders: Producers by the row of the consumer that received their message.
    """

    def __init__(self, table: SpanTable) -> None:
        """Find the stages of all requests."""
        self._table = table
        producer, consumer = table.is_kind(SpanKind.PRODUCER), table.is_kind(SpanKind.CONSUMER)
        linked = (table.link_target != NOWHERE) & consumer[table.link_row]
        linked[linked] = producer[table.link_target[linked]]
        cut = consumers_of_producers(table)
        pairs = [
            *zip(np.flatnonzero(cut).tolist(), table.parent[cut].tolist(), strict=True),
            *zip(table.link_row[linked].tolist(), table.link_target[linked].tolist(), strict=True),
        ]
        cut[table.link_row[linked]] = True
        self._nesting = nesting_of(table, cut)
        rows = np.arange(len(table))
        self.stage_of: Rows = topmost(np.where(cut | (table.parent == NOWHERE), rows, table.parent))
        self.senders: dict[int, list[int]] = {}
        self._next: dict[int, set[int]] = {}
        for row, sender in pairs:
            self.senders.setdefault(row, []).append(sender)
            self._next.setdefault(int(self.stage_of[sender]), set()).add(row)
        self._said = table.number(QUEUE_WAIT_ATTRIBUTE)
        for top in np.flatnonzero(self.stage_of == rows).tolist():
            self._nesting.cut_to_parents(top)

    def first_stages(self) -> list[int]:
        """Return the first rows of all requests: stages without a known sender."""
        tops = np.flatnonzero(self.stage_of == np.arange(len(self.stage_of))).tolist()
        roots = [top for top in tops if top not in self.senders]
        # A cycle of stages has no first one: the earliest row is used.
        reached = set().union(*(self.stages(root) for root in roots)) if roots else set()
        for top in tops:
            if top not in reached:
                roots.append(top)
                reached |= self.stages(top)
        return roots

    def stages(self, root: int) -> set[int]:
        """Return the stages of the request that begins with a row."""
        found, todo = {root}, [root]
        while todo:
            for following in self._next.get(todo.pop(), ()):
                if following not in found:
                    found.add(following)
                    todo.append(following)
        return found

    def is_unfinished(self, root: int) -> bool:
        """Whether one of the request's stages has no known end, so that the path is unknown."""
        return any(bool(self._table.unfinished[stage]) for stage in self.stages(root))

    def path(self, root: int) -> Path:
        """Return the critical path of the request that begins with a row."""
        return path_of(root, list(self._sections(root)))

    def _sections(self, root: int) -> Iterator[Section]:
        nesting = self._nesting
        ahead = self.stages(root)
        stage = max(ahead, key=lambda row: (nesting.end[row], -row))
        row, time = stage, nesting.end[stage]
        while True:
            yield from walk_back(nesting, row, time)
            ahead.discard(stage)
            known = [one for one in self.senders.get(stage, ()) if int(self.stage_of[one]) in ahead]
            if not known or stage == root:
                return
            begin = nesting.start[stage]
            sender = max(known, key=lambda one: (nesting.end[one], -one))
            row, time = nesting.up_to_time(sender, self._enqueued(stage, sender, begin))
            if row == NOWHERE:
                return
            if time != begin:
                yield Section(stage, time, begin, is_wait=True)
            stage = int(self.stage_of[row])

    def _enqueued(self, stage: int, sender: int, begin: int) -> int:
        low, high = int(self._table.start_ns[sender]), int(self._table.end_ns[sender])
        said = self._said[stage]
        when = high if np.isnan(said) else min(max(begin - round(float(said) * 1e6), low), high)
        return min(when, begin)
